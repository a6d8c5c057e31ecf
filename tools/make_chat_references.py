#!/usr/bin/env python3
"""Writes tests/data/chat/references.json: conversations as published chat templates write them.

usage: make_chat_references.py FORMAT=TOKENIZER_CONFIG...

Templates are those of tests/data/chat/templates.json, and `chat_template` of each
tokenizer_config.json given, such as Llama-3=FOLDER/tokenizer_config.json: these are not kept, what
they write is. Runs them with jinja2 in the environment that transformers makes for them. Prints the
rows of known_templates in tfm/text/chat_template.hpp.
"""

import json
import sys
from pathlib import Path

from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

DATA = Path(__file__).resolve().parent.parent / "tests/data/chat"
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}


def message(role, content):
    return {"role": role, "content": content}


USER = message("user", "Tell me a tale.")
ANSWER = message("assistant", " Once upon a time\n")
SPACES = message("user", "\u00a0 \n Go on!\t\u2003\n")
SYSTEM = message("system", "  Be brief. ")
CONVERSATIONS = [
    [USER],
    [SYSTEM, USER],
    [USER, ANSWER],
    [USER, ANSWER, SPACES],
    [SYSTEM, USER, ANSWER, SPACES],
    [SYSTEM, SPACES, ANSWER],
    [message("user", "<|im_end|></s>[/INST]{content}"), ANSWER, message("user", "")],
    [USER, SPACES],
    [USER, ANSWER, SYSTEM],
    [ANSWER, USER],
    [SYSTEM],
]


def hash_of(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def environment():
    def raise_exception(text):
        raise TemplateError(text)

    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    made.globals["raise_exception"] = raise_exception
    return made


def rendered(template, messages, generation):
    """The text, or None where the template refuses the conversation."""
    try:
        return template.render(messages=messages, add_generation_prompt=generation, **TOKENS)
    except TemplateError:
        return None


def references(text):
    template = environment().from_string(text)
    return [
        rendered(template, messages, generation)
        for messages in CONVERSATIONS
        for generation in (False, True)
    ]


def main():
    templates = json.loads((DATA / "templates.json").read_text(encoding="utf-8"))
    for argument in sys.argv[1:]:
        name, path = argument.split("=", 1)
        config = json.loads(Path(path).read_text(encoding="utf-8"))
        templates.append({"format": name, "template": config["chat_template"]})
    found = {}
    rows = set()
    for entry in templates:
        name, text = entry["format"], entry["template"]
        written = references(text)
        if found.setdefault(name, written) != written:
            sys.exit(f"two templates called {name} do not write the same")
        # Escapes in Jinja's strings, and the characters themselves, as tools write them.
        for variant in (text, text.replace("\\n", "\n")):
            variant = variant.removesuffix("\n")
            if references(variant) == written:
                rows.add((name, hash_of(variant), len(variant.encode())))
    with open(DATA / "references.json", "w", encoding="utf-8") as file:
        json.dump({"conversations": CONVERSATIONS, "tokens": TOKENS, "texts": found}, file, indent=0)
        file.write("\n")
    for name, value, size in sorted(rows):
        print(f'    KnownTemplate{{0x{value:016X}U, {size}, "{name}"}},')


if __name__ == "__main__":
    main()
