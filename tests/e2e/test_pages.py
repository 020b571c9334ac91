"""Every page opens, in light and dark, wide and narrow, without a complaint of the browser's."""

from __future__ import annotations

import pytest

from config.benches.start import peak_bytes
from tests.e2e.conftest import WatchedPage
from tests.running_site import RunningSite, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

PAGES = {
    "projects": "/",
    "overview": "/projects/demo/",
    "review": "/projects/demo/review/",
    "images": "/projects/demo/images/",
    "imports": "/projects/demo/images/imports/",
    "add": "/projects/demo/images/add/",
    "image": "/projects/demo/images/{image}/",
    "quality": "/projects/demo/images/quality/",
    "models": "/projects/demo/models/",
    "model": "/projects/demo/models/{model}/",
    "jobs": "/projects/demo/jobs/",
    "job": "/projects/demo/jobs/{job}/",
    "settings": "/projects/demo/settings/",
    "members": "/projects/demo/members/",
    "account": "/account/",
    "admin": "/admin/",
    "docs": "/api/docs/",
}
LOOKS = [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)]
NARROW_IS_NOT_OURS = {"admin", "docs"}


@pytest.fixture(scope="module")
def rows(site: RunningSite) -> dict[str, object]:
    """One image, model and job of the demo."""
    return wait_until(
        lambda: site.python(
            "from apps.images.models import Image\n"
            "from apps.jobs.models import Job\n"
            "from apps.training.models import TrainingRun\n"
            "demo = {'project__slug': 'demo'}\n"
            "model = TrainingRun.objects.filter(finished_at__isnull=False, **demo).first()\n"
            "result = model and {'image': Image.objects.filter(**demo).first().pk,"
            " 'model': model.pk, 'job': str(Job.objects.filter(**demo).first().pk)}"
        ),
        120,
        "the first model",
    )


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_a_complaint(
    watched: WatchedPage, rows: dict[str, object], name: str
) -> None:
    page = watched.page
    for colours, width in LOOKS:
        page.emulate_media(color_scheme=colours)
        page.set_viewport_size({"width": width, "height": 800 if width > 400 else 844})
        answer = page.goto(PAGES[name].format(**rows), wait_until="load")
        assert answer.status == 200
        page.wait_for_timeout(300)  # what islands complain of, they complain of by then
        watched.picture(f"{name}-{colours}-{width}")
        assert watched.complaints == [], (colours, width)
        if name not in NARROW_IS_NOT_OURS:
            assert watched.overflow <= 0, (colours, width)


def test_the_web_process_stays_small(site: RunningSite) -> None:
    token = {"Authorization": f"Token {site.token()}"}
    for _ in range(200):
        assert site.request("GET", "/api/v1/projects/demo/images/", headers=token)[0] == 200
    (web,) = site.processes("config.web")
    assert peak_bytes(web) < 200_000_000
