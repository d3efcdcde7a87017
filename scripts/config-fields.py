"""Writes test/families/config-fields.json: what each config class of transformers has, and its defaults.

    pip install torch==2.13.0 transformers==5.24.0
    python scripts/config-fields.py

test/families/config-fields.test.ts then holds heed against it: run both again for a newer transformers.
"""

import dataclasses
import inspect
import json
import re
from pathlib import Path

import transformers
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "test/families/config-fields.json"


def model_types() -> list[str]:
    table = (ROOT / "src/families/families.ts").read_text()
    return re.findall(r'^  "?([\w-]+)"?: async \(', table, re.MULTILINE)


def default_of(field: dataclasses.Field):
    """What a config has where its file leaves the field out, before the class works others out of it."""
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return None


def asked_beside(config_class) -> list[str]:
    """Names that its code asks for though the class does not declare them: getattr(config, "head_dim"), kwargs.pop("rotary_pct")."""
    configuration = Path(inspect.getfile(config_class))
    modeling = configuration.with_name(configuration.name.replace("configuration_", "modeling_"))
    names = re.findall(r"""(?:getattr|hasattr)\((?:\w+\.)?\w*config, *["']([a-z]\w*)["']""", modeling.read_text())
    names += re.findall(r"""kwargs\.(?:pop|get)\(["'](\w+)["']""", configuration.read_text())
    return sorted(set(names))


def plain(value):
    return value if isinstance(value, (bool, int, float, str, type(None))) else json.loads(json.dumps(value, default=lambda _: None))


def fields_of(config_class) -> dict:
    return {
        field.name: plain(default_of(field)) for field in dataclasses.fields(config_class) if not field.name.startswith("_")
    }


def main() -> None:
    shared = fields_of(transformers.PreTrainedConfig)
    types = {}
    for name in sorted(model_types()):
        config_class = CONFIG_MAPPING[name]
        own = fields_of(config_class)
        types[name] = {
            "fields": {field: value for field, value in own.items() if field not in shared or shared[field] != value},
            "beside": [name for name in asked_beside(config_class) if name not in own],
            "aliases": {alias: field for alias, field in config_class.attribute_map.items() if alias != field},
        }
    lines = [f"    {json.dumps(name)}: {json.dumps(entry)}" for name, entry in types.items()]
    text = ",\n".join(lines)
    head = f'  "transformers": {json.dumps(transformers.__version__)},\n  "shared": {json.dumps(shared)},\n'
    TARGET.write_text(f'{{\n{head}  "types": {{\n{text}\n  }}\n}}\n')


main()
