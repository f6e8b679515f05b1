"""What the answers of the scripted server are made of."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from chatkit.server import ChatKitServer
from chatkit.store import default_generate_id
from chatkit.types import (
    Annotation,
    AssistantMessageContent,
    AssistantMessageContentPartAdded,
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    ClientToolCallItem,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdatedEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    WidgetItem,
)
from chatkit.widgets import DynamicWidgetRoot

from store import Context


Events = AsyncIterator[ThreadStreamEvent]


def text_of(message: UserMessageItem) -> str:
    return " ".join(part.text for part in message.content)


def content(text: str, annotations: list[Annotation] | None = None) -> AssistantMessageContent:
    return AssistantMessageContent(text=text, annotations=annotations or [])


class Parts(ChatKitServer[Context]):
    """Makes items and events."""

    def base(self, thread: ThreadMetadata, kind: Any = "message") -> dict[str, Any]:
        return {
            "id": default_generate_id(kind),
            "thread_id": thread.id,
            "created_at": datetime.now(),
        }

    def say(self, thread: ThreadMetadata, text: str) -> AssistantMessageItem:
        return AssistantMessageItem(**self.base(thread), content=[content(text)])

    def done(self, thread: ThreadMetadata, text: str) -> ThreadItemDoneEvent:
        return ThreadItemDoneEvent(item=self.say(thread, text))

    async def begin(self, thread: ThreadMetadata, text: str) -> Events:
        item = AssistantMessageItem(**self.base(thread), content=[])
        yield ThreadItemAddedEvent(item=item)
        yield ThreadItemUpdatedEvent(
            item_id=item.id,
            update=AssistantMessageContentPartAdded(content_index=0, content=content("")),
        )
        yield ThreadItemUpdatedEvent(
            item_id=item.id,
            update=AssistantMessageContentPartTextDelta(content_index=0, delta=text),
        )

    def tool_call(self, thread: ThreadMetadata, name: str) -> ClientToolCallItem:
        return ClientToolCallItem(
            **self.base(thread, "tool_call"),
            call_id=f"call_{name}",
            name=name,
            arguments={"city": "Oslo", "units": None},
        )

    def card(self, children: list[dict[str, Any]], **fields: Any) -> DynamicWidgetRoot:
        return DynamicWidgetRoot.model_validate({"type": "Card", "children": children, **fields})

    def pressed(self, sender: WidgetItem) -> WidgetItem:
        card = self.card([{"type": "Text", "id": "t", "value": "Pressed"}])
        return sender.model_copy(update={"widget": card})
