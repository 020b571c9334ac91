"""What axe-core objects to on a page as it stands."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from playwright.sync_api import Page

AXE = settings.ROOT / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
"""What another colour scheme may change; all else is looked at once a width."""
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


def findings_of(page: Page) -> Iterator[tuple[str, str]]:
    """What axe objects to, with the look in which it does."""
    page.bring_to_front()  # a page behind another is drawn about once a second
    page.evaluate(AXE.read_text())
    for size, schemes in ((WIDE, ("light", "dark")), (NARROW, ("dark", "light"))):
        page.set_viewport_size(size)
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
            rules = None if scheme == schemes[0] else COLOUR_RULES
            for finding in _axe(page, rules):
                yield f"{scheme} {size['width']}", finding


def _axe(page: Page, rules: list[str] | None) -> list[str]:
    """What axe objects to: rule, element, and what is wrong with it."""
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    return page.evaluate(
        """async (only) => {
            const { violations } = await axe.run({ runOnly: only, resultTypes: ["violations"] });
            const why = ({ any, all, none }) => [...any, ...all, ...none][0]?.message ?? "";
            return violations.flatMap(({ id, impact, nodes }) => nodes.map(
                (node) => `${impact}: ${id} at ${node.target.join(" ")}: ${why(node)}`));
        }""",
        only,
    )
