"""A manager trains two generators in the browser, compares them, and lets the loop use one."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import WatchedPage
from tests.running_site import RunningSite, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]

MINUTE = 60_000
MAKE = """
from apps.accounts.models import User
from apps.projects.services import project_create
from apps.training.services import classifier_train
from apps.training.learning import annotated_rows
from ml_engine.config import ClassifierConfig
from tests.loops.driving import project_fill

project = project_create(
    name="Generators", slug="generators", classes=["boot", "coat", "shirt"], channels=1,
    training_size=28, created_by=User.objects.get(username="admin"))
project_fill(project)
classifier_train(
    project=project, purpose="deployed", config=ClassifierConfig(steps=30), seed=0,
    rows=annotated_rows(project), title="Train the judge", key="judge")
result = project.pk
"""
JUDGED = (
    "from apps.training.models import Checkpoint\n"
    "result = Checkpoint.objects.filter(project__slug='generators').exists()"
)
NEW = "/projects/generators/generators/new/"


def trained(page: Page) -> None:
    """Wait on a run's page until its job is done."""
    expect(page.locator(".page-head .badge")).to_have_text("succeeded", timeout=4 * MINUTE)


def pictures(watched: WatchedPage, name: str) -> None:
    """The page in light and dark, wide and narrow."""
    page = watched.page
    for colours, width in [("light", 1280), ("dark", 1280), ("dark", 390)]:
        page.emulate_media(color_scheme=colours)
        page.set_viewport_size({"width": width, "height": 800})
        watched.picture(f"{name}-{colours}-{width}")
        assert watched.overflow <= 0, (name, colours, width)
    page.set_viewport_size({"width": 1280, "height": 800})


def test_a_manager_trains_compares_and_uses_a_generator(
    watched: WatchedPage, site: RunningSite
) -> None:
    page = watched.page
    site.python(MAKE)
    wait_until(lambda: site.python(JUDGED), 300, "the classifier that judges")

    page.goto("/projects/generators/models/")
    page.get_by_role("link", name="Train a generator").click()
    page.get_by_role("link", name="PCA, a Gaussian per class").click()
    page.get_by_role("button", name="Train PCA").click()
    trained(page)
    expect(page.get_by_role("heading", name="What was kept")).to_be_visible()

    page.goto(f"{NEW}?family=conditional_gan")
    pictures(watched, "generator-new")
    for label, value in {"Steps": 20, "Batch size": 16, "Checks": 2, "Width": 8}.items():
        page.get_by_label(label, exact=True).fill(str(value))
    page.get_by_role("button", name="Train Conditional GAN").click()
    trained(page)
    slider = page.get_by_label("Over time")
    slider.press("Home")
    expect(page.locator("#sheet-words")).to_have_text("after step 10")
    slider.press("End")
    expect(page.locator("#sheet-words")).to_have_text("after step 20, the newest")
    expect(page.locator("#curve figcaption").filter(has_text="Coverage, %")).to_be_visible()
    pictures(watched, "generator")

    page.get_by_role("link", name="Models", exact=True).first.click()
    page.get_by_role("link", name="Compare generators").click()
    comparison = page.locator("section.generators")
    expect(comparison).to_have_count(1)
    expect(comparison).to_contain_text("real images of guidance")
    expect(comparison.locator("tbody tr")).to_have_count(2)
    pictures(watched, "generators")

    page.get_by_role("button", name=re.compile("Use in the loop.*Conditional GAN")).click()
    expect(page.get_by_label("Generator", exact=True)).to_have_value("conditional_gan")
    expect(page.get_by_label("Generator steps", exact=True)).to_have_value("20")
    page.locator(".generator-settings > summary").click()
    expect(page.get_by_label("Width", exact=True)).to_have_value("8")
    pictures(watched, "loop-settings-generator")
    page.get_by_label("Generator", exact=True).select_option("pca")
    expect(page.locator(".generator-settings")).to_contain_text("it takes no steps")
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_label("Generator", exact=True)).to_have_value("pca")
    assert watched.complaints == []
