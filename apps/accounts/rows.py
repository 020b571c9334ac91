"""Rows of hand-written statements as the models that Django would make of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, Generic, TypeVar

from django.db.models import JSONField, Model

M = TypeVar("M", bound=Model)


class RowReader(Generic[M]):
    """Reads a model out of a statement's row, in a tenth of the time that a query set takes."""

    def __init__(self, model: type[M], table: str, only: Collection[str] = ()) -> None:
        """`only` names the columns that are wanted; Django reads others when they are asked for."""
        fields = [
            field for field in model._meta.concrete_fields if not only or field.column in only
        ]
        self._model = model
        self._names = [field.attname for field in fields]
        self._json_at = [at for at, field in enumerate(fields) if isinstance(field, JSONField)]
        self.columns = ", ".join(f"{table}.{field.column}" for field in fields)
        """To be selected, where the statement calls the model's table by that name."""
        self.width = len(fields)

    def read(self, values: Sequence[Any]) -> M:
        """The model of the columns' values."""
        row = list(values)
        for at in self._json_at:
            if row[at] is not None:
                row[at] = json.loads(row[at])
        return self._model.from_db("default", self._names, row)
