"""`bench decision`: how long the demo takes to decide on a ratio."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from config.benches.site import TemporarySite

SETTINGS: dict[str, Any] = {"generator_steps": 1500, "classifier_steps": 400}
"""Of the demo's loop: what comes before the decision may be worse, and sooner there."""
CHANGE = """
from apps.loops.models import Loop
from apps.loops.services import loop_update
loop = Loop.objects.get(project__slug="demo")
loop_update(loop=loop, values={values!r}, actor=None)
result = loop.ratios
"""
FOUND = """
from datetime import datetime
from apps.loops.models import Round
round_ = Round.objects.get(project__slug="demo", number=1)
began = datetime.fromisoformat(round_.step_times["mix"])
result = {
    "seconds": (round_.finished_at - began).total_seconds(),
    "seeds": {f"{ratio:g}": round_.arms.filter(ratio=ratio).count()
              for ratio in set(round_.arms.values_list("ratio", flat=True))},
    "reason": round_.summary["decision"]["reason"],
}
"""
LIMIT_S = 3600


def decision(say: Callable[[str], None]) -> Mapping[str, float]:
    """One mixing decision on the demo, all its models with it, by as many workers as it starts."""
    with TemporarySite() as site:
        _done(site, "demo")
        site.python(CHANGE.format(values=SETTINGS))
        say("The demo's first round runs, with a simulated annotator …")
        _done(site, "loop", "run", "demo", "--rounds", "1", "--annotator", "oracle")
        found = site.python(FOUND)
    say(f"{json.dumps(found['seeds'])} seeds by ratio: {found['reason']}")
    models = sum(found["seeds"].values())
    return {"decision_s": found["seconds"], "decision_models": models}


def _done(site: TemporarySite, *arguments: str) -> None:
    ran = site.manage(*arguments, seconds=LIMIT_S)
    if ran.returncode:
        raise RuntimeError(ran.stderr or ran.stdout)
