"""Prints the JSON schemas of all that the reference receives and sends, and its version."""

import json
from importlib.metadata import version

from chatkit.types import ChatKitReq, Thread, ThreadItem, ThreadItemUpdate, ThreadStreamEvent
from pydantic import TypeAdapter


def sent(kind: object) -> dict:
    return TypeAdapter(kind).json_schema(mode="serialization")


schemas = {
    "request": TypeAdapter(ChatKitReq).json_schema(),
    "event": sent(ThreadStreamEvent),
    "thread": sent(Thread),
    "item": sent(ThreadItem),
    "update": sent(ThreadItemUpdate),
}
print(json.dumps({"version": version("openai-chatkit"), "schemas": schemas}))
