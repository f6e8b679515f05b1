"""OpenAI's reference server for ChatKit (PyPI: openai-chatkit) with the scripted responder of README.md.

What the package leaves to whoever uses it is here: HTTP, a store, and which exception is which status.

    python reference_server.py --port 0
"""

import argparse
import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import uvicorn
from chatkit.actions import Action
from chatkit.errors import CustomStreamError, ErrorCode, StreamError
from chatkit.server import ChatKitServer, StreamingResult, stream_widget
from chatkit.store import NotFoundError, Store, default_generate_id
from chatkit.types import (
    Annotation,
    AssistantMessageContent,
    AssistantMessageContentPartAdded,
    AssistantMessageContentPartAnnotationAdded,
    AssistantMessageContentPartDone,
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    Attachment,
    ClientEffectEvent,
    ClientToolCallItem,
    ClosedStatus,
    CustomSummary,
    CustomTask,
    DurationSummary,
    EndOfTurnItem,
    EntitySource,
    ErrorEvent,
    FeedbackKind,
    FileSource,
    FileTask,
    GeneratedImage,
    GeneratedImageItem,
    GeneratedImageUpdated,
    HiddenContextItem,
    ImageTask,
    LockedStatus,
    NoticeEvent,
    Page,
    ProgressUpdateEvent,
    SearchTask,
    StreamOptions,
    StructuredInputFreeform,
    StructuredInputItem,
    StructuredInputMultipleChoice,
    StructuredInputMultipleChoiceOption,
    SyncCustomActionResponse,
    TaskItem,
    ThoughtTask,
    ThreadItem,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemRemovedEvent,
    ThreadItemReplacedEvent,
    ThreadItemUpdatedEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    URLSource,
    UserMessageItem,
    WidgetComponentUpdated,
    WidgetItem,
    Workflow,
    WorkflowItem,
    WorkflowTaskAdded,
    WorkflowTaskUpdated,
)
from chatkit.widgets import DynamicWidgetComponent, DynamicWidgetRoot
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import ValidationError

USER_HEADER = "x-conformance-user"
log = logging.getLogger("conformance")

Context = dict[str, Any]
Events = AsyncIterator[ThreadStreamEvent]


class NotOffered(Exception):
    """Of the protocol, but not of this server."""


class MemoryStore(Store[Context]):
    """Keeps threads and items by user, in the order in which they were first saved."""

    def __init__(self) -> None:
        self.threads: dict[str, tuple[str, ThreadMetadata]] = {}
        self.items: dict[str, dict[str, ThreadItem]] = {}

    def _items(self, thread_id: str, context: Context) -> dict[str, ThreadItem]:
        owner, _ = self.threads.get(thread_id, (None, None))
        if owner != context["user"]:
            raise NotFoundError(f"No thread {thread_id}")
        return self.items[thread_id]

    @staticmethod
    def _page(entries: list[Any], after: str | None, limit: int, order: str) -> Page[Any]:
        if order == "desc":
            entries = entries[::-1]
        start = 0
        if after is not None:
            places = [n for n, entry in enumerate(entries) if entry.id == after]
            if not places:
                raise NotFoundError(f"No entry {after}")
            start = places[0] + 1
        data = entries[start : start + limit]
        more = start + limit < len(entries)
        return Page(
            data=[entry.model_copy(deep=True) for entry in data],
            has_more=more,
            after=data[-1].id if more else None,
        )

    async def load_thread(self, thread_id: str, context: Context) -> ThreadMetadata:
        self._items(thread_id, context)
        return self.threads[thread_id][1].model_copy(deep=True)

    async def save_thread(self, thread: ThreadMetadata, context: Context) -> None:
        fields = {name: getattr(thread, name) for name in ThreadMetadata.model_fields}
        if thread.id in self.threads:
            self._items(thread.id, context)
        kept = ThreadMetadata(**fields).model_copy(deep=True)
        self.threads[thread.id] = (context["user"], kept)
        self.items.setdefault(thread.id, {})

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Context
    ) -> Page[ThreadItem]:
        return self._page(list(self._items(thread_id, context).values()), after, limit, order)

    async def save_attachment(self, attachment: Attachment, context: Context) -> None:
        raise NotOffered("Attachments are not offered.")

    async def load_attachment(self, attachment_id: str, context: Context) -> Attachment:
        raise NotOffered("Attachments are not offered.")

    async def delete_attachment(self, attachment_id: str, context: Context) -> None:
        raise NotOffered("Attachments are not offered.")

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Context
    ) -> Page[ThreadMetadata]:
        own = [thread for owner, thread in self.threads.values() if owner == context["user"]]
        return self._page(own, after, limit, order)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        self._items(thread_id, context)[item.id] = item.model_copy(deep=True)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: Context) -> ThreadItem:
        item = self._items(thread_id, context).get(item_id)
        if item is None:
            raise NotFoundError(f"No item {item_id}")
        return item.model_copy(deep=True)

    async def delete_thread(self, thread_id: str, context: Context) -> None:
        self._items(thread_id, context)
        del self.threads[thread_id], self.items[thread_id]

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Context) -> None:
        self._items(thread_id, context).pop(item_id, None)


def text_of(message: UserMessageItem) -> str:
    return " ".join(part.text for part in message.content)


def content(text: str, annotations: list[Annotation] | None = None) -> AssistantMessageContent:
    return AssistantMessageContent(text=text, annotations=annotations or [])


class ScriptedServer(ChatKitServer[Context]):
    """Answers each message as README.md says."""

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

    def get_stream_options(self, thread: ThreadMetadata, context: Context) -> StreamOptions:
        return StreamOptions(allow_cancel=thread.metadata.get("allow_cancel", True))

    async def add_feedback(
        self, thread_id: str, item_ids: list[str], feedback: FeedbackKind, context: Context
    ) -> None:
        thread = await self.store.load_thread(thread_id, context)
        for item_id in item_ids:
            await self.store.load_item(thread_id, item_id, context)
        note = HiddenContextItem(**self.base(thread), content=f"feedback: {feedback}")
        await self.store.add_thread_item(thread_id, note, context)

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Context,
    ) -> Events:
        if input_user_message is None:
            events = self.go_on(thread, context)
        else:
            command = text_of(input_user_message)
            handler = getattr(self, "do_" + command.replace(" ", "_"), self.do_text)
            events = handler(thread, input_user_message, context)
        async for event in events:
            yield event

    async def go_on(self, thread: ThreadMetadata, context: Context) -> Events:
        page = await self.store.load_thread_items(thread.id, None, 1, "desc", context)
        last = page.data[0]
        if isinstance(last, ClientToolCallItem):
            yield self.done(thread, f"Output: {json.dumps(last.output, separators=(',', ':'))}")
        if isinstance(last, StructuredInputItem):
            answers = [
                "+".join(question.answer.values) or "skipped"
                for question in last.inputs
                if question.answer
            ]
            yield self.done(thread, f"Answers: {', '.join(answers)}")

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

    async def do_title_and_error(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield self.done(thread, "One.")
        thread.title = "A last title"
        raise RuntimeError("As scripted.")

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

    def tool_call(self, thread: ThreadMetadata, name: str) -> ClientToolCallItem:
        return ClientToolCallItem(
            **self.base(thread, "tool_call"),
            call_id=f"call_{name}",
            name=name,
            arguments={"city": "Oslo", "units": None},
        )

    async def do_client_tool(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield ThreadItemDoneEvent(item=self.tool_call(thread, "get_weather"))

    async def do_two_client_tools(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield ThreadItemDoneEvent(item=self.tool_call(thread, "get_place"))
        yield ThreadItemDoneEvent(item=self.tool_call(thread, "get_weather"))

    def card(self, children: list[dict[str, Any]], **fields: Any) -> DynamicWidgetRoot:
        return DynamicWidgetRoot.model_validate({"type": "Card", "children": children, **fields})

    async def do_widget(self, thread: ThreadMetadata, *_: Any) -> Events:
        card = self.card(
            [
                {"type": "Text", "id": "t", "value": "A task", "color": None},
                {"type": "Tomorrow", "someProp": {"deep": [1]}},
            ],
            size="sm",
        )
        yield ThreadItemDoneEvent(
            item=WidgetItem(**self.base(thread), widget=card, copy_text="A task")
        )

    async def do_streaming_widget(self, thread: ThreadMetadata, *_: Any) -> Events:
        def state(text: str, note: str, **fields: Any) -> DynamicWidgetRoot:
            children = [
                {"type": "Text", "id": "t", "value": text, "streaming": True},
                {"type": "Box", "children": [{"type": "Markdown", "id": "m", "value": note}]},
            ]
            return self.card(children, **fields)

        async def states() -> AsyncIterator[Any]:
            yield state("Lo", "", size="sm")
            yield state("Load", "", size="sm")
            yield state("Load", "", size="sm")
            yield state("Loading", "*Soon*", size="sm")
            yield state("Loading", "*Soon*", size="lg")
            yield state("Done", "*Now*", size="lg")

        async for event in stream_widget(thread, states()):
            yield event

    async def do_component_update(self, thread: ThreadMetadata, *_: Any) -> Events:
        item = WidgetItem(
            **self.base(thread), widget=self.card([{"type": "Badge", "id": "b", "label": "open"}])
        )
        yield ThreadItemAddedEvent(item=item)
        badge = DynamicWidgetComponent.model_validate({"type": "Badge", "id": "b", "label": "done"})
        yield ThreadItemUpdatedEvent(
            item_id=item.id, update=WidgetComponentUpdated(component_id="b", component=badge)
        )
        yield ThreadItemDoneEvent(
            item=item.model_copy(
                update={"widget": self.card([{"type": "Badge", "id": "b", "label": "done"}])}
            )
        )

    async def do_structured_input(self, thread: ThreadMetadata, *_: Any) -> Events:
        options = [StructuredInputMultipleChoiceOption(value=value) for value in ("red", "blue")]
        yield ThreadItemDoneEvent(
            item=StructuredInputItem(
                **self.base(thread),
                inputs=[
                    StructuredInputMultipleChoice(id="one", question="Which?", options=options),
                    StructuredInputMultipleChoice(
                        id="many", question="Which ones?", options=options, multiple=True
                    ),
                    StructuredInputFreeform(id="why", question="Why?", description="In a word"),
                ],
            )
        )

    async def do_tasks(self, thread: ThreadMetadata, *_: Any) -> Events:
        source = URLSource(title="A page", url="https://example.com/", attribution="Example")
        tasks = [
            CustomTask(title="Custom", icon="sparkle", content="Text"),
            SearchTask(title="Search", title_query="q", queries=["q"], sources=[source]),
            ThoughtTask(content="Hm.", status_indicator="complete"),
            FileTask(title="File", sources=[FileSource(title="A file", filename="a.txt")]),
            ImageTask(title="Image"),
        ]
        for task in tasks:
            yield ThreadItemDoneEvent(item=TaskItem(**self.base(thread, "task"), task=task))

    async def do_workflow(self, thread: ThreadMetadata, *_: Any) -> Events:
        item = WorkflowItem(
            **self.base(thread, "workflow"),
            workflow=Workflow(type="reasoning", tasks=[ThoughtTask(content="Hm.")]),
        )
        yield ThreadItemAddedEvent(item=item)
        search = SearchTask(title="Search", status_indicator="loading")
        found = SearchTask(title="Search", queries=["q"], status_indicator="complete")
        yield ThreadItemUpdatedEvent(
            item_id=item.id, update=WorkflowTaskAdded(task_index=1, task=search)
        )
        yield ThreadItemUpdatedEvent(
            item_id=item.id, update=WorkflowTaskUpdated(task_index=1, task=found)
        )
        workflow = Workflow(
            type="reasoning",
            tasks=[ThoughtTask(content="Hm."), found],
            summary=DurationSummary(duration=3),
        )
        yield ThreadItemDoneEvent(item=item.model_copy(update={"workflow": workflow}))
        summary = CustomSummary(title="All done", icon="check")
        yield ThreadItemDoneEvent(
            item=WorkflowItem(
                **self.base(thread, "workflow"),
                workflow=Workflow(
                    type="custom", tasks=[CustomTask(title="A step")], summary=summary, expanded=True
                ),
            )
        )

    async def do_image(self, thread: ThreadMetadata, *_: Any) -> Events:
        item = GeneratedImageItem(**self.base(thread))
        image = GeneratedImage(id="img_1", url="https://example.com/1.png")
        yield ThreadItemAddedEvent(item=item)
        for update in (
            GeneratedImageUpdated(image=image, progress=0.5),
            GeneratedImageUpdated(image=image),
        ):
            yield ThreadItemUpdatedEvent(item_id=item.id, update=update)
        yield ThreadItemDoneEvent(item=item.model_copy(update={"image": image}))

    async def do_end_of_turn(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield self.done(thread, "Done.")
        yield ThreadItemDoneEvent(item=EndOfTurnItem(**self.base(thread)))

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

    async def action(
        self,
        thread: ThreadMetadata,
        action: Action[str, Any],
        sender: WidgetItem | None,
        context: Context,
    ) -> Events:
        if action.type == "fail":
            raise RuntimeError("As scripted.")
        if action.type == "replace" and sender:
            yield ThreadItemReplacedEvent(item=self.pressed(sender))
            return
        payload = json.dumps(action.payload, separators=(",", ":"))
        yield self.done(thread, f"{action.type} {payload} from {'widget' if sender else 'page'}")

    def pressed(self, sender: WidgetItem) -> WidgetItem:
        card = self.card([{"type": "Text", "id": "t", "value": "Pressed"}])
        return sender.model_copy(update={"widget": card})

    async def sync_action(
        self,
        thread: ThreadMetadata,
        action: Action[str, Any],
        sender: WidgetItem | None,
        context: Context,
    ) -> SyncCustomActionResponse:
        if action.type == "fail":
            raise RuntimeError("As scripted.")
        if action.type == "history":
            page = await self.store.load_thread_items(thread.id, None, 100, "asc", context)
            kinds = ", ".join(item.type for item in page.data)
            return SyncCustomActionResponse(updated_item=self.say(thread, kinds))
        return SyncCustomActionResponse(updated_item=self.pressed(sender) if sender else None)


def refusal(status: int, error: object) -> JSONResponse:
    return JSONResponse({"message": str(error) or type(error).__name__}, status)


async def after_first(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def create_app() -> FastAPI:
    app = FastAPI()
    server = ScriptedServer(MemoryStore())

    @app.post("/chatkit")
    async def chatkit(request: Request) -> Response:
        user = request.headers.get(USER_HEADER)
        if not user:
            return refusal(401, f"Send {USER_HEADER}.")
        try:
            result = await server.process(await request.body(), {"user": user})
            if not isinstance(result, StreamingResult):
                return Response(result.json, media_type="application/json")
            # What fails before the first event is an answer of its own, not a broken stream.
            chunks = aiter(result)
            first = await anext(chunks)
        except ValidationError as error:
            return refusal(400, f"{error.error_count()} errors")
        except NotFoundError as error:
            return refusal(404, error)
        except StopAsyncIteration:
            return Response(b"", media_type="text/event-stream")
        except (ValueError, NotOffered) as error:
            return refusal(400, error)
        except RuntimeError as error:
            # The package's word for what it has not been configured to do.
            return refusal(500 if str(error) == "As scripted." else 400, error)
        return StreamingResponse(after_first(first, chunks), media_type="text/event-stream")

    return app


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    port = parser.parse_args().port
    config = uvicorn.Config(create_app(), host="127.0.0.1", port=port, log_level="warning")
    listener = config.bind_socket()
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/chatkit", flush=True)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
