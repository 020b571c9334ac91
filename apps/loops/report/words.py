"""A report's figures in sentences, each with its interval and its counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def control_sentences(control: Mapping[str, Any]) -> list[str]:
    """What the random control says of the pool, and what the strategy finds beyond chance."""
    right, wrong = control["random_right"], control["random_wrong"]
    strategy = control["strategy_wrong"]
    told = []
    if right["of"]:
        told.append(
            f"Of {_images(right)} drawn at random from what was left in the pool, the round's"
            f" classifier had guessed {right['count']} right: {share_words(right)}, an estimate of"
            " its accuracy there without bias."
        )
    if strategy["of"]:
        beside = f", where chance finds {share_words(wrong)}" if wrong["of"] else ""
        told.append(
            f"Of {_images(strategy)} that the strategy chose it had {strategy['count']} wrong:"
            f" {share_words(strategy)}{beside}."
        )
        told.append(_beyond(strategy, wrong))
    return [sentence for sentence in told if sentence]


def _images(share: Mapping[str, Any]) -> str:
    return f"{share['of']:,} image{'' if share['of'] == 1 else 's'}"


def _beyond(strategy: Mapping[str, Any], wrong: Mapping[str, Any]) -> str:
    """Whether the two intervals are apart."""
    if not wrong["of"]:
        return "No image was drawn at random, so nothing says what chance would have found."
    if strategy["low"] > wrong["high"]:
        return "The strategy finds more than chance."
    if strategy["high"] < wrong["low"]:
        return "The strategy finds less than chance."
    return "The intervals overlap: that the strategy finds more than chance cannot be told yet."


def share_words(share: Mapping[str, Any]) -> str:
    """A share with its interval: 75.0% (46.8% to 91.1%)."""
    return f"{share['value']:.1%} ({share['low']:.1%} to {share['high']:.1%})"


def batch_sentence(batch: Mapping[str, Any]) -> str:
    """What became of a batch, and why."""
    looks = f"{batch['looks']} look{'' if batch['looks'] == 1 else 's'}"
    told = ""
    if batch["collapsed"]:
        told += f"The generator had collapsed: {batch['collapse_reason']} "
    if batch["held_reason"] and batch["status"] != "held_back":
        told += "Held back, and put to people all the same. "
    match batch["status"]:
        case "certified":
            told += f"Certified after {looks}: {batch['defects']} defects."
            if batch["excluded_classes"]:
                told += f" Refused of it: {', '.join(batch['excluded_classes'])}."
        case "refused":
            told += f"Refused after {looks}: {batch['defects']} defects. Only images that people"
            told += " accepted may be mixed in."
        case "undecided" | "walking":
            told += f"Not decided after {looks}: only images that people accepted may be mixed in."
        case "held_back":
            told += f"Held back before anybody looked at it. {batch['held_reason']}"
        case _:
            told += "No test was begun."
    return told


def drift_sentences(entry: Mapping[str, Any]) -> list[str]:
    """How the pool and the classes have moved since the round before; none where nothing tells."""
    told = []
    since = (entry["pool"] or {}).get("since")
    if since:
        change = since["entropy_change"]
        told.append(
            f"Of {since['image_count']:,} images of the pool that both rounds' classifiers saw,"
            f" {since['moved'] / since['image_count']:.1%} are taken for another class now. Mean"
            f" uncertainty (entropy, 0 to 1) went from {since['before']['entropy']:.3f} to"
            f" {since['now']['entropy']:.3f}: {change['value']:+.3f} ({change['low']:+.3f} to"
            f" {change['high']:+.3f})."
        )
    fallen = [name for name, each in (entry["classes"] or {}).items() if each["surely_fell"]]
    if fallen:
        told.append(f"Surely fell on select since the round before: {', '.join(fallen)}.")
    elif entry["classes"]:
        told.append("No class surely fell on select since the round before.")
    return told
