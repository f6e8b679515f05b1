"""Answers of text, what belongs to the thread, and events that pass."""

from typing import Any

from chatkit.types import (
    ActiveStatus,
    Annotation,
    AssistantMessageContent,
    AssistantMessageContentPartAdded,
    AssistantMessageContentPartAnnotationAdded,
    AssistantMessageContentPartDone,
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    ClientEffectEvent,
    ClosedStatus,
    EntitySource,
    ErrorEvent,
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
    UserMessageTextContent,
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

    async def do_parts(self, thread: ThreadMetadata, *_: Any) -> Events:
        item = AssistantMessageItem(**self.base(thread), content=[])
        yield ThreadItemAddedEvent(item=item)
        texts = ["First.", "Second."]
        for index, text in enumerate(texts):
            for update in (
                AssistantMessageContentPartAdded(content_index=index, content=content("")),
                AssistantMessageContentPartTextDelta(content_index=index, delta=text),
                AssistantMessageContentPartDone(content_index=index, content=content(text)),
            ):
                yield ThreadItemUpdatedEvent(item_id=item.id, update=update)
        done = item.model_copy(update={"content": [content(text) for text in texts]})
        yield ThreadItemDoneEvent(item=done)

    async def do_sources(self, thread: ThreadMetadata, *_: Any) -> Events:
        known: dict[str, Any] = {
            "title": "Water",
            "description": "Wet",
            "timestamp": "2026-11-27",
            "group": "Elements",
        }
        sources = [
            URLSource(**known, url="https://example.com/water", attribution="Example"),
            FileSource(**known, filename="water.pdf"),
            EntitySource(
                **known,
                id="e1",
                icon="info",
                label="Element",
                inline_label="H2O",
                interactive=True,
                data={"state": "liquid", "price": None},
            ),
        ]
        notes = [Annotation(source=source, index=n) for n, source in enumerate(sources)]
        item = AssistantMessageItem(**self.base(thread), content=[content("Water", notes)])
        yield ThreadItemDoneEvent(item=item)

    async def do_defaults(self, thread: ThreadMetadata, *_: Any) -> Events:
        source = EntitySource(title="A task", id="task-1")
        plain = AssistantMessageContent(text="Plain.")
        noted = AssistantMessageContent(text="Noted.", annotations=[Annotation(source=source)])
        yield ThreadItemDoneEvent(
            item=AssistantMessageItem(**self.base(thread), content=[plain, noted])
        )
        yield ClientEffectEvent(name="refresh")
        yield ErrorEvent(message="Not all of it.")

    async def do_in_mid_message(self, thread: ThreadMetadata, *_: Any) -> Events:
        item = AssistantMessageItem(**self.base(thread), content=[])
        yield ThreadItemAddedEvent(item=item)
        for text in ("Opening", " it."):
            yield ThreadItemUpdatedEvent(
                item_id=item.id,
                update=AssistantMessageContentPartTextDelta(content_index=0, delta=text),
            )
            yield ProgressUpdateEvent(text="Looking", icon="lucide:eye")
            yield ClientEffectEvent(name="open_task", data={"ids": [1, 2], "to": {"tab": None}})
        yield ThreadItemDoneEvent(
            item=item.model_copy(update={"content": [content("Opening it.")]})
        )

    async def do_unlock(self, thread: ThreadMetadata, *_: Any) -> Events:
        thread.status = ActiveStatus()
        yield self.done(thread, "Open again.")

    async def do_close_with_reason(self, thread: ThreadMetadata, *_: Any) -> Events:
        thread.status = ClosedStatus(reason="Moved.")
        yield self.done(thread, "Closed.")

    async def do_no_image_domains(self, thread: ThreadMetadata, *_: Any) -> Events:
        thread.allowed_image_domains = []
        yield self.done(thread, "None allowed.")

    async def do_files(self, thread: ThreadMetadata, message: UserMessageItem, *_: Any) -> Events:
        files = [f"{file.name} ({file.type}, {file.mime_type})" for file in message.attachments]
        yield self.done(thread, "; ".join(files) or "no files")

    async def do_edit(self, thread: ThreadMetadata, message: UserMessageItem, *_: Any) -> Events:
        edited = [UserMessageTextContent(text="files")]
        yield ThreadItemReplacedEvent(item=message.model_copy(update={"content": edited}))
        yield self.done(thread, "Edited.")

    async def do_twice(self, thread: ThreadMetadata, *_: Any) -> Events:
        item = self.say(thread, "Once.")
        yield ThreadItemDoneEvent(item=item)
        yield self.done(thread, "Between.")
        yield ThreadItemDoneEvent(item=item.model_copy(update={"content": [content("Twice.")]}))

    async def do_added_only(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield ThreadItemAddedEvent(item=self.say(thread, "Forgotten."))
        yield self.done(thread, "After.")

    async def do_remove_unknown(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield ThreadItemRemovedEvent(item_id="msg_unknown")
        yield self.done(thread, "Removed.")

    async def do_replace_unknown(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield ThreadItemReplacedEvent(item=self.say(thread, "New."))
        yield self.done(thread, "Replaced.")

    async def first_answer(self, thread: ThreadMetadata, context: Context) -> AssistantMessageItem:
        page = await self.store.load_thread_items(thread.id, None, 100, "asc", context)
        return next(item for item in page.data if isinstance(item, AssistantMessageItem))

    async def do_replace_earlier(
        self, thread: ThreadMetadata, _: UserMessageItem, context: Context
    ) -> Events:
        first = await self.first_answer(thread, context)
        changed = first.model_copy(update={"content": [content("Changed.")]})
        yield ThreadItemReplacedEvent(item=changed)

    async def do_remove_earlier(
        self, thread: ThreadMetadata, _: UserMessageItem, context: Context
    ) -> Events:
        first = await self.first_answer(thread, context)
        yield ThreadItemRemovedEvent(item_id=first.id)

    async def do_hidden_events(self, thread: ThreadMetadata, *_: Any) -> Events:
        secret = HiddenContextItem(**self.base(thread), content="a secret")
        yield ThreadItemAddedEvent(item=secret)
        yield ThreadItemReplacedEvent(item=secret)
        yield self.done(thread, "Nothing to see.")

    async def do_rename_meanwhile(
        self, thread: ThreadMetadata, _: UserMessageItem, context: Context
    ) -> Events:
        # As another tab does.
        stored = await self.store.load_thread(thread.id, context)
        stored.title = "The visitor's title"
        await self.store.save_thread(stored, context)
        thread.allowed_image_domains = ["img.example.com"]
        yield self.done(thread, "Renamed.")

    async def do_delete_meanwhile(
        self, thread: ThreadMetadata, _: UserMessageItem, context: Context
    ) -> Events:
        await self.store.delete_thread(thread.id, context)
        thread.title = "Too late"
        yield self.done(thread, "Deleted.")
