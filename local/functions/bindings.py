"""What a function is bound to: its trigger, its queue, its schedule, its route, as its decorators declare them.

`%SETTING%` in a property is resolved from the environment, as Azure's host resolves it from the app settings: the
declared form is what `describe` shows, the resolved form is what runs. A setting that is missing is an error that
names it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from local.functions.messages import IndexedFunction

EXPRESSION = re.compile(r"%([^%\s]+)%")
NOT_RESOLVED = frozenset({"name", "type", "direction"})
TRIGGERS = ("eventGridTrigger", "httpTrigger", "queueTrigger", "timerTrigger")


class BindingError(Exception):
    """A function cannot be run as it is declared or configured: which one, why, what to do."""


@dataclass(frozen=True, slots=True)
class Binding:
    name: str  # the parameter, or "$return"
    type: str  # such as "queueTrigger", "http"
    direction: str  # "in" or "out"
    properties: Mapping[str, object]  # the others, such as "queueName", "connection", "schedule"

    def text(self, name: str, default: str = "") -> str:
        value = self.properties.get(name)
        return value if isinstance(value, str) else default

    def flag(self, name: str, default: bool) -> bool:
        value = self.properties.get(name)
        return value if isinstance(value, bool) else default


@dataclass(frozen=True, slots=True)
class FunctionDescription:
    name: str
    id: str  # the worker's
    trigger: Binding
    bindings: tuple[Binding, ...]  # all of them, the trigger first

    @property
    def trigger_type(self) -> str:
        return self.trigger.type

    @property
    def connection(self) -> str:
        """The prefix of the settings that name the account; Azure's default where none is declared."""
        return self.trigger.text("connection") or "AzureWebJobsStorage"

    @property
    def queue(self) -> str:
        return self.trigger.text("queueName")

    @property
    def schedule(self) -> str:
        return self.trigger.text("schedule")

    @property
    def route(self) -> str:
        return self.trigger.text("route", self.name)

    @property
    def methods(self) -> tuple[str, ...]:
        """In upper case; empty when every method is meant."""
        declared = self.trigger.properties.get("methods")
        return tuple(str(one).upper() for one in declared) if isinstance(declared, list) else ()

    @property
    def auth_level(self) -> str:
        return self.trigger.text("authLevel", "function").lower()

    def resolved(self, environment: Mapping[str, str]) -> "FunctionDescription":
        """With every `%SETTING%` replaced. Raises BindingError for one that is not set."""
        bindings = tuple(_resolved(self.name, binding, environment) for binding in self.bindings)
        return replace(self, trigger=bindings[0], bindings=bindings)

    def disabled(self, environment: Mapping[str, str]) -> bool:
        settings = (f"AzureWebJobs.{self.name}.Disabled", f"AzureWebJobs__{self.name}__Disabled")
        return any(environment.get(setting, "").lower() in ("true", "1") for setting in settings)


def description(indexed: IndexedFunction) -> FunctionDescription:
    """From what the worker said. Raises BindingError when there is not exactly one trigger."""
    bindings = [_binding(raw) for raw in indexed.bindings]
    triggers = [binding for binding in bindings if binding.type.lower().endswith("trigger")]
    if len(triggers) != 1:
        raise BindingError(f"Function {indexed.name}: {len(triggers)} triggers declared; give it exactly one.")
    others = [binding for binding in bindings if binding is not triggers[0]]
    return FunctionDescription(indexed.name, indexed.id, triggers[0], (triggers[0], *others))


def runnable(function: FunctionDescription) -> None:
    """Raises BindingError for what this host does not provide: better at the start than in silence later."""
    if function.trigger_type not in TRIGGERS:
        raise BindingError(f"Function {function.name}: the local host has no {function.trigger_type}.")
    for binding in function.bindings[1:]:
        if binding.type != "http":
            raise BindingError(f"Function {function.name}: the local host has no {binding.type} binding; use a client.")


def _binding(raw: str) -> Binding:
    fields: dict[str, object] = json.loads(raw)
    others = {name: value for name, value in fields.items() if name not in NOT_RESOLVED}
    direction = str(fields.get("direction", "in")).lower()
    return Binding(str(fields["name"]), str(fields["type"]), direction, others)


def _resolved(function: str, binding: Binding, environment: Mapping[str, str]) -> Binding:
    def setting(match: re.Match[str]) -> str:
        if (value := environment.get(match[1])) is None:
            raise BindingError(f"Function {function}: {match[0]} does not resolve. Set the app setting {match[1]}.")
        return value

    properties = {
        name: EXPRESSION.sub(setting, value) if isinstance(value, str) else value
        for name, value in binding.properties.items()
    }
    return replace(binding, properties=properties)
