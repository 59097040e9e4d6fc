"""Writes the JSON schema of policy files, so that editors complete keys and mark typos while one types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from pydantic import TypeAdapter

from gateway.config.policy_model import PolicyModel, RuleModel
from gateway.config.policy_rules import reads_files, reads_recognizers
from gateway.core.guard import GuardSpec, guards


def schema(specs: Mapping[str, GuardSpec] | None = None) -> dict[str, Any]:
    """The schema (JSON Schema 2020-12); each guard's parameters are allowed in rules of that guard only."""
    known = guards() if specs is None else specs
    out = PolicyModel.model_json_schema(by_alias=True)
    rule = RuleModel.model_json_schema(by_alias=True)
    definitions = out.setdefault("$defs", {})
    definitions.update(rule.pop("$defs", {}))
    rule.pop("additionalProperties", None)
    rule["properties"]["guard"] = {"enum": sorted(known)}
    rule["required"] = ["id"]  # a child policy names an inherited rule and writes only what it changes
    rule["allOf"] = [_params(known[name], definitions) for name in sorted(known)]
    rule["unevaluatedProperties"] = False
    definitions["RuleModel"] = rule
    out["properties"]["rules"] = {"type": "array", "items": {"$ref": "#/$defs/RuleModel"}}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **out, "title": "Wardgate policy"}


def schema_text(specs: Mapping[str, GuardSpec] | None = None) -> str:
    """The schema as it stands in ``policies/schema.json``."""
    return json.dumps(schema(specs), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _params(spec: GuardSpec, definitions: dict[str, Any]) -> dict[str, Any]:
    own = TypeAdapter(spec.params).json_schema(ref_template=f"#/$defs/{spec.name}.{{model}}")
    for name, definition in own.pop("$defs", {}).items():
        definitions[f"{spec.name}.{name}"] = {**definition, "additionalProperties": False}
    properties = own.get("properties", {})
    for field in fields(spec.params):
        if reads_files(spec.params, field.name):
            globs = {"type": "string"}
            properties[field.name] = {"anyOf": [globs, {"type": "array", "items": globs}]}
        elif reads_recognizers(spec.params, field.name):
            one = {"anyOf": [{"type": "string"}, {"type": "object", "required": ["supported_entity"]}]}
            properties[field.name] = {"anyOf": [*one["anyOf"], {"type": "array", "items": one}]}
        elif field.default is MISSING:
            properties[field.name].pop("default", None)
    return {"if": {"properties": {"guard": {"const": spec.name}}, "required": ["guard"]},
            "then": {"properties": properties}}
