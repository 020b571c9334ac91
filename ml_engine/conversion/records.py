"""Reading Python's serialised objects as data: a machine with a stack, and nothing that it calls.

The format is a program whose instructions build objects by calling what they name; whoever obeys
them runs whatever a stranger wrote. Here every name stays a word. Only a table of our own says what
a few of them mean, and what it makes are containers, numbers, words and arrays.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

PLAIN = (str, bytes, int, float, type(None))
MOST_INSTRUCTIONS = 3_000_000
"""A network of a thousand arrays takes about a hundred thousand."""


class RecordError(ValueError):
    """A file that is not read: broken, or it asks for what is not done. The message says what."""


@dataclass(frozen=True, slots=True)
class Name:
    """Something that a file names: `module.name`, which is never looked up."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(frozen=True, slots=True)
class Unknown:
    """An object of a kind that is let through and not made, such as an array of settings."""

    kind: Name


Meanings = Mapping[Name, Callable[..., Any]]
"""What is made where a file calls a name."""


@dataclass
class _Machine:
    meanings: Meanings
    words: frozenset[Name]
    persistent: Callable[[Any], Any] | None
    stack: list[Any] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def since_mark(self) -> list[Any]:
        """What was put down since the last mark, taken off the stack."""
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def push(self, value: Any) -> None:
        """Put it down."""
        self.stack.append(value)

    def name(self, module: Any, name: Any) -> None:
        """A name, if the table knows it."""
        found = Name(str(module), str(name))
        if found not in self.meanings and found not in self.words:
            raise RecordError(f"it asks for {found}, which no weights need")
        self.push(found)

    def call(self, kind: Any, arguments: Any) -> None:
        """What the table makes of it."""
        if not isinstance(kind, Name) or kind not in self.meanings:
            raise RecordError(f"it calls {kind}, which is nothing that is made")
        if not isinstance(arguments, tuple):
            raise RecordError(f"it calls {kind} with no list of arguments")
        self.push(self.meanings[kind](*arguments))

    def persist(self, key: Any) -> None:
        """What is kept elsewhere in the file."""
        if self.persistent is None:
            raise RecordError("it points to something outside of itself")
        self.push(self.persistent(key))


def read_record(
    file: IO[bytes],
    meanings: Meanings,
    *,
    words: frozenset[Name] = frozenset(),
    persistent: Callable[[Any], Any] | None = None,
) -> Any:
    """The next object in `file`, up to its end.

    Names in `meanings` may be called, those in `words` only be named; `persistent` says what a key
    of something kept elsewhere stands for. Raises `RecordError` for anything else.
    """
    machine = _Machine(meanings, words, persistent)
    try:
        for count, (code, argument, _) in enumerate(pickletools.genops(file)):
            if count >= MOST_INSTRUCTIONS:
                raise RecordError(f"it has more than {MOST_INSTRUCTIONS:,} instructions")
            if code.name == "STOP":
                return machine.stack.pop()
            instruction = INSTRUCTIONS.get(code.name)
            if instruction is None:
                raise RecordError(f"it has the instruction {code.name}, which no weights need")
            instruction(machine, argument)
    except RecordError:
        raise
    except (
        ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError, MemoryError,
        RecursionError,
    ) as error:  # fmt: skip
        raise RecordError(f"it is broken or cut off ({error})") from error
    raise RecordError("it ends before its object is whole")


def _append(machine: _Machine, items: list[Any]) -> None:
    target = machine.stack[-1]
    if not isinstance(target, list):
        raise RecordError(f"it appends to a {type(target).__name__}")
    target.extend(items)


def _set_items(machine: _Machine, items: list[Any]) -> None:
    target = machine.stack[-1]
    if isinstance(target, Unknown):
        return
    if not isinstance(target, dict) or len(items) % 2:
        raise RecordError(f"it sets items of a {type(target).__name__}")
    target.update(plain_dict(zip(items[::2], items[1::2], strict=True)))


def _add_items(machine: _Machine, items: list[Any]) -> None:
    target = machine.stack[-1]
    if not isinstance(target, set):
        raise RecordError(f"it adds to a {type(target).__name__}")
    target.update(plain_set(items))


def _last(machine: _Machine, count: int) -> list[Any]:
    if len(machine.stack) < count:
        raise RecordError("it takes more than it put down")
    items = machine.stack[len(machine.stack) - count :]
    del machine.stack[len(machine.stack) - count :]
    return items


def _call(machine: _Machine, _: Any) -> None:
    kind, arguments = _last(machine, 2)
    machine.call(kind, arguments)


def _build(machine: _Machine, _: Any) -> None:
    (_state,) = _last(machine, 1)
    target = machine.stack[-1]
    if not isinstance(target, Unknown):
        raise RecordError(f"it changes the inside of a {type(target).__name__}")


def _stack_name(machine: _Machine, _: Any) -> None:
    machine.name(*_last(machine, 2))


def _global(machine: _Machine, argument: str) -> None:
    module, _, name = argument.partition(" ")
    machine.name(module, name)


def _pop(machine: _Machine, _: Any) -> None:
    if machine.marks and machine.marks[-1] == len(machine.stack):
        machine.marks.pop()
    else:
        machine.stack.pop()


def _tuple_of(count: int) -> Callable[[_Machine, Any], None]:
    return lambda machine, _: machine.push(tuple(_last(machine, count)))


def _mark(machine: _Machine, _: Any) -> None:
    machine.marks.append(len(machine.stack))


def _memoize(machine: _Machine, _: Any) -> None:
    machine.memo[len(machine.memo)] = machine.stack[-1]


def _put(machine: _Machine, argument: int) -> None:
    machine.memo[argument] = machine.stack[-1]


def _get(machine: _Machine, argument: int) -> None:
    machine.push(machine.memo[argument])


def _nothing(machine: _Machine, argument: Any) -> None:
    """Of the format alone."""


def _value(machine: _Machine, argument: Any) -> None:
    machine.push(argument)


def _dict(items: list[Any]) -> dict[Any, Any]:
    return plain_dict(zip(items[::2], items[1::2], strict=True))


def _constant(make: Callable[[], Any]) -> Callable[[_Machine, Any], None]:
    return lambda machine, _: machine.push(make())


def plain_dict(items: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """A dictionary of words and numbers: a key that holds others may be too deep to look at.

    Raises `RecordError` for other keys.
    """
    pairs = list(items)
    plain_set(key for key, _ in pairs)
    return dict(pairs)


def plain_set(items: Iterable[Any]) -> set[Any]:
    """A set of words and numbers; raises `RecordError` for anything else."""
    found = list(items)
    for item in found:
        if not isinstance(item, PLAIN):
            raise RecordError(f"it names something by a {type(item).__name__}")
    return set(found)


INSTRUCTIONS: Mapping[str, Callable[[_Machine, Any], None]] = {
    "PROTO": _nothing,
    "FRAME": _nothing,
    "MARK": _mark,
    "POP": _pop,
    "POP_MARK": lambda machine, _: machine.since_mark().clear(),
    "DUP": lambda machine, _: machine.push(machine.stack[-1]),
    "NONE": _constant(lambda: None),
    "NEWTRUE": _constant(lambda: True),
    "NEWFALSE": _constant(lambda: False),
    **dict.fromkeys(
        (
            "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT",
            "STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE",
            "BINUNICODE8", "SHORT_BINBYTES", "BINBYTES", "BINBYTES8",
        ),
        _value,
    ),
    "EMPTY_TUPLE": _constant(tuple),
    "TUPLE1": _tuple_of(1),
    "TUPLE2": _tuple_of(2),
    "TUPLE3": _tuple_of(3),
    "TUPLE": lambda machine, _: machine.push(tuple(machine.since_mark())),
    "EMPTY_LIST": _constant(list),
    "LIST": lambda machine, _: machine.push(machine.since_mark()),
    "APPEND": lambda machine, _: _append(machine, _last(machine, 1)),
    "APPENDS": lambda machine, _: _append(machine, machine.since_mark()),
    "EMPTY_DICT": _constant(dict),
    "DICT": lambda machine, _: machine.push(_dict(machine.since_mark())),
    "SETITEM": lambda machine, _: _set_items(machine, _last(machine, 2)),
    "SETITEMS": lambda machine, _: _set_items(machine, machine.since_mark()),
    "EMPTY_SET": _constant(set),
    "ADDITEMS": lambda machine, _: _add_items(machine, machine.since_mark()),
    "FROZENSET": lambda machine, _: machine.push(frozenset(plain_set(machine.since_mark()))),
    "PUT": _put,
    "BINPUT": _put,
    "LONG_BINPUT": _put,
    "MEMOIZE": _memoize,
    "GET": _get,
    "BINGET": _get,
    "LONG_BINGET": _get,
    "GLOBAL": _global,
    "STACK_GLOBAL": _stack_name,
    "REDUCE": _call,
    "NEWOBJ": _call,
    "BUILD": _build,
    "BINPERSID": lambda machine, _: machine.persist(_last(machine, 1)[0]),
}  # fmt: skip
"""Those that data need; the others are refused by their names."""
