"""Answers that fail, or never end."""

import asyncio
from typing import Any

from chatkit.errors import CustomStreamError, ErrorCode, StreamError
from chatkit.types import (
    Annotation,
    AssistantMessageContentPartAnnotationAdded,
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    ClientEffectEvent,
    ErrorEvent,
    GeneratedImageItem,
    NoticeEvent,
    ThoughtTask,
    ThreadItemAddedEvent,
    ThreadItemUpdatedEvent,
    ThreadMetadata,
    URLSource,
    WidgetItem,
    Workflow,
    WorkflowItem,
    WorkflowTaskAdded,
)

from parts import Events, Parts


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

    async def do_effect_and_error(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield ClientEffectEvent(name="open_task", data={})
        yield NoticeEvent(level="warning", message="It may fail.")
        raise CustomStreamError("It *failed*.", allow_retry=True)

    async def do_error_at_once(self, thread: ThreadMetadata, *_: Any) -> Events:
        raise RuntimeError("As scripted.")
        yield

    async def do_error_in_workflow(self, thread: ThreadMetadata, *_: Any) -> Events:
        async for event in self.half_workflow(thread):
            yield event
        raise RuntimeError("As scripted.")

    async def half_workflow(self, thread: ThreadMetadata) -> Events:
        workflow = Workflow(type="reasoning", tasks=[])
        item = WorkflowItem(**self.base(thread, "workflow"), workflow=workflow)
        yield ThreadItemAddedEvent(item=item)
        task = ThoughtTask(content="Hm", status_indicator="loading")
        yield ThreadItemUpdatedEvent(
            item_id=item.id, update=WorkflowTaskAdded(task_index=0, task=task)
        )

    async def do_slow_second(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield self.done(thread, "First.")
        async for event in self.begin(thread, "Second"):
            yield event
        await asyncio.Event().wait()

    async def do_slow_annotated(self, thread: ThreadMetadata, *_: Any) -> Events:
        item_id = ""
        async for event in self.begin(thread, "Read"):
            item_id = event.item_id if isinstance(event, ThreadItemUpdatedEvent) else item_id
            yield event
        note = Annotation(source=URLSource(title="A page", url="https://example.com/"))
        yield ThreadItemUpdatedEvent(
            item_id=item_id,
            update=AssistantMessageContentPartAnnotationAdded(
                content_index=0, annotation_index=0, annotation=note
            ),
        )
        yield ThreadItemUpdatedEvent(
            item_id=item_id,
            update=AssistantMessageContentPartTextDelta(content_index=1, delta="More"),
        )
        await asyncio.Event().wait()

    async def do_slow_workflow(self, thread: ThreadMetadata, *_: Any) -> Events:
        async for event in self.half_workflow(thread):
            yield event
        await asyncio.Event().wait()

    async def do_slow_image(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield ThreadItemAddedEvent(item=GeneratedImageItem(**self.base(thread)))
        await asyncio.Event().wait()

    async def do_slow_title(self, thread: ThreadMetadata, *_: Any) -> Events:
        thread.title = "In time"
        async for event in self.begin(thread, "Once"):
            yield event
        await asyncio.Event().wait()
