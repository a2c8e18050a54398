"""`RunInput`: what a flow asks a person for, with a field for each thing that is to be entered.

A module of its own, because pydantic is loaded with it.
"""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, create_model

from penstock.errors import UsageError

__all__ = ["RunInput"]


class RunInput(BaseModel):
    """Base of what `pause_flow_run(wait_for_input=...)` asks for: a pydantic model.

    Example:
        class Approval(RunInput):
            approved: bool
            reason: str = ""

        answer = pause_flow_run(wait_for_input=Approval)
    """

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def with_initial_data(cls, description: str | None = None, **defaults: Any) -> type[Self]:
        """Make the same model with defaults that are known only now.

        Args:
            description: says to whoever answers what it is about.
            defaults: by field; a field with a default may be left out.

        Raises:
            UsageError: the model has no such field.
        """
        fields: dict[str, Any] = {}
        for name, value in defaults.items():
            if name not in cls.model_fields:
                there = ", ".join(cls.model_fields) or "none"
                raise UsageError(f"{cls.__name__} has no field {name!r}; its fields: {there}.")
            fields[name] = (cls.model_fields[name].annotation, value)
        model: type[Self] = create_model(cls.__name__, __base__=cls, **fields)
        model.__module__ = cls.__module__
        model.__doc__ = description if description is not None else cls.__doc__
        model.model_rebuild(force=True)
        return model
