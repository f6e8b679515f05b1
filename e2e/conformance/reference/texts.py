"""Answers of text, what belongs to the thread, and events that pass."""

from typing import Any

from chatkit.types import (
    Annotation,
    AssistantMessageContentPartAdded,
    AssistantMessageContentPartAnnotationAdded,
    AssistantMessageContentPartDone,
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    ClientEffectEvent,
    ClosedStatus,
    EntitySource,
    FileSource,
    HiddenContextItem,
    LockedStatus,
    NoticeEvent,
    ProgressUpdateEvent,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemRemovedEvent,
    ThreadItemReplacedEvent,
    ThreadItemUpdatedEvent,
    ThreadMetadata,
    URLSource,
    UserMessageItem,
)

from parts import Events, Parts, content
from store import Context


class Texts(Parts):
    """Answers of text, what belongs to the thread, and events that pass."""

    async def do_text(self, thread: ThreadMetadata, *_: Any) -> Events:
        item = AssistantMessageItem(**self.base(thread), content=[])
        yield ThreadItemAddedEvent(item=item)
        updates = [
            AssistantMessageContentPartAdded(content_index=0, content=content("")),
            AssistantMessageContentPartTextDelta(content_index=0, delta="Hello, "),
            AssistantMessageContentPartTextDelta(content_index=0, delta="world."),
            AssistantMessageContentPartDone(content_index=0, content=content("Hello, world.")),
        ]
        for update in updates:
            yield ThreadItemUpdatedEvent(item_id=item.id, update=update)
        yield ThreadItemDoneEvent(item=item.model_copy(update={"content": [content("Hello, world.")]}))

    async def do_annotations(self, thread: ThreadMetadata, *_: Any) -> Events:
        notes = [
            Annotation(source=URLSource(title="A page", url="https://example.com/"), index=4),
            Annotation(source=FileSource(title="A file", filename="a.txt", description="Notes")),
            Annotation(source=EntitySource(title="A task", id="task-1", label="Task", data={"due": None})),
        ]
        item = AssistantMessageItem(**self.base(thread), content=[])
        yield ThreadItemAddedEvent(item=item)
        updates: list[Any] = [
            AssistantMessageContentPartAdded(content_index=0, content=content("")),
            AssistantMessageContentPartTextDelta(content_index=0, delta="Read"),
        ]
        updates += [
            AssistantMessageContentPartAnnotationAdded(
                content_index=0, annotation_index=n, annotation=note
            )
            for n, note in enumerate(notes)
        ]
        updates.append(AssistantMessageContentPartDone(content_index=0, content=content("Read", notes)))
        for update in updates:
            yield ThreadItemUpdatedEvent(item_id=item.id, update=update)
        yield ThreadItemDoneEvent(item=item.model_copy(update={"content": [content("Read", notes)]}))

    async def do_echo(self, thread: ThreadMetadata, message: UserMessageItem, _: Context) -> Events:
        options = message.inference_options
        tool = options.tool_choice.id if options.tool_choice else "none"
        said = f"quoted={message.quoted_text or 'none'} tool={tool} model={options.model or 'none'}"
        yield self.done(thread, said)

    async def do_title(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield self.done(thread, "One.")
        thread.title = "A fine title"
        yield self.done(thread, "Two.")
        yield self.done(thread, "Three.")

    async def do_late_title(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield self.done(thread, "One.")
        thread.title = "A late title"

    async def do_lock(self, thread: ThreadMetadata, *_: Any) -> Events:
        thread.status = LockedStatus(reason="Paid up.")
        yield self.done(thread, "Locked.")

    async def do_close(self, thread: ThreadMetadata, *_: Any) -> Events:
        thread.status = ClosedStatus()
        yield self.done(thread, "Closed.")

    async def do_image_domains(self, thread: ThreadMetadata, *_: Any) -> Events:
        thread.allowed_image_domains = ["img.example.com"]
        yield self.done(thread, "Allowed.")

    async def do_no_cancel(self, thread: ThreadMetadata, *_: Any) -> Events:
        thread.metadata["allow_cancel"] = False
        yield self.done(thread, "From now on.")

    async def do_hidden(self, thread: ThreadMetadata, *_: Any) -> Events:
        secret = HiddenContextItem(**self.base(thread), content={"for": "the model", "not": None})
        yield ThreadItemDoneEvent(item=secret)
        yield self.done(thread, "Seen.")

    async def do_progress(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield ProgressUpdateEvent(icon="search", text="Searching")
        yield ProgressUpdateEvent(text="Thinking")

    async def do_notices(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield NoticeEvent(level="info", message="For *you*", title="Info")
        yield NoticeEvent(level="warning", message="Take care")
        yield NoticeEvent(level="danger", message="Stop")

    async def do_effect(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield ClientEffectEvent(name="open_task", data={"id": 7, "tab": None})

    async def do_replace(self, thread: ThreadMetadata, *_: Any) -> Events:
        item = self.say(thread, "Draft.")
        yield ThreadItemDoneEvent(item=item)
        yield self.done(thread, "After.")
        yield ThreadItemReplacedEvent(item=item.model_copy(update={"content": [content("Final.")]}))

    async def do_remove(self, thread: ThreadMetadata, *_: Any) -> Events:
        item = self.say(thread, "Draft.")
        yield ThreadItemDoneEvent(item=item)
        yield ThreadItemRemovedEvent(item_id=item.id)
