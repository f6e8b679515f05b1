"""Answers that fail, or never end."""

import asyncio
from typing import Any

from chatkit.errors import CustomStreamError, ErrorCode, StreamError
from chatkit.types import (
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    ErrorEvent,
    ThreadItemAddedEvent,
    ThreadItemUpdatedEvent,
    ThreadMetadata,
    WidgetItem,
)

from parts import Events, Parts, content


class Failures(Parts):
    """Answers that fail, or never end."""

    async def do_title_and_error(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield self.done(thread, "One.")
        thread.title = "A last title"
        raise RuntimeError("As scripted.")

    async def do_error(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield self.done(thread, "Before.")
        raise RuntimeError("As scripted.")

    async def do_error_in_mid_message(self, thread: ThreadMetadata, *_: Any) -> Events:
        item = AssistantMessageItem(**self.base(thread), content=[])
        yield ThreadItemAddedEvent(item=item)
        yield ThreadItemUpdatedEvent(
            item_id=item.id,
            update=AssistantMessageContentPartTextDelta(content_index=0, delta="Half"),
        )
        raise RuntimeError("As scripted.")

    async def do_stream_error(self, thread: ThreadMetadata, *_: Any) -> Events:
        raise StreamError(ErrorCode.STREAM_ERROR)
        yield

    async def do_final_stream_error(self, thread: ThreadMetadata, *_: Any) -> Events:
        raise StreamError(ErrorCode.STREAM_ERROR, allow_retry=False)
        yield

    async def do_custom_error(self, thread: ThreadMetadata, *_: Any) -> Events:
        raise CustomStreamError("Too many tasks.")
        yield

    async def do_custom_error_with_retry(self, thread: ThreadMetadata, *_: Any) -> Events:
        raise CustomStreamError("Too many tasks.", allow_retry=True)
        yield

    async def do_error_event(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield ErrorEvent(message="Half of it failed.")
        yield self.done(thread, "The other half.")

    async def do_slow(self, thread: ThreadMetadata, *_: Any) -> Events:
        async for event in self.begin(thread, "Once upon a time"):
            yield event
        await asyncio.Event().wait()

    async def do_slow_blank(self, thread: ThreadMetadata, *_: Any) -> Events:
        async for event in self.begin(thread, " \n"):
            yield event
        await asyncio.Event().wait()

    async def do_slow_widget(self, thread: ThreadMetadata, *_: Any) -> Events:
        card = self.card([{"type": "Text", "value": "Wait"}])
        yield ThreadItemAddedEvent(item=WidgetItem(**self.base(thread), widget=card))
        await asyncio.Event().wait()
