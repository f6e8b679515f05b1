"""OpenAI's reference server for ChatKit (PyPI: openai-chatkit) with the scripted responder of README.md.

What the package leaves to whoever uses it is here: HTTP, a store, and which exception is which status.

    python reference/server.py --port 0
"""

import argparse
import json
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from typing import Any

import uvicorn
from chatkit.actions import Action
from chatkit.server import StreamingResult
from chatkit.store import NotFoundError
from chatkit.types import (
    AudioInput,
    ClientToolCallItem,
    FeedbackKind,
    HiddenContextItem,
    StreamOptions,
    StructuredInputItem,
    SyncCustomActionResponse,
    ThreadItemDoneEvent,
    ThreadItemRemovedEvent,
    ThreadItemReplacedEvent,
    ThreadMetadata,
    TranscriptionResult,
    UserMessageItem,
    WidgetItem,
)
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import ValidationError

from failures import Failures
from items import Items
from parts import Events, text_of
from store import BareStore, Context, MemoryAttachments, MemoryStore, NotOffered
from texts import Texts
from widgets import Widgets

USER_HEADER = "x-conformance-user"


class ScriptedServer(Texts, Items, Widgets, Failures):
    """Answers each message as README.md says."""

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
            async for event in self.after_call(thread, last):
                yield event
        elif isinstance(last, StructuredInputItem):
            answers = [
                "+".join(question.answer.values) or "skipped"
                for question in last.inputs
                if question.answer
            ]
            yield self.done(thread, f"Answers: {', '.join(answers)}")
        else:
            yield self.done(thread, "Going on.")

    async def after_call(self, thread: ThreadMetadata, call: ClientToolCallItem) -> Events:
        if call.output == "fail":
            raise RuntimeError("As scripted.")
        if call.name == "get_place" and call.output == "Oslo":
            yield ThreadItemDoneEvent(item=self.tool_call(thread, "get_weather"))
            return
        output = json.dumps(call.output, separators=(",", ":"), ensure_ascii=False)
        yield self.done(thread, f"Output: {output}")

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
        if action.type in ("text", "title", "effect", "client tool", "custom error", "slow"):
            handler = getattr(self, "do_" + action.type.replace(" ", "_"))
            async for event in handler(thread):
                yield event
            return
        if action.type == "remove" and sender:
            yield ThreadItemRemovedEvent(item_id=sender.id)
            return
        payload = json.dumps(action.payload, separators=(",", ":"), ensure_ascii=False)
        yield self.done(thread, f"{action.type} {payload} from {'widget' if sender else 'page'}")

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
        if action.type == "hidden":
            secret = HiddenContextItem(**self.base(thread), content="a secret")
            return SyncCustomActionResponse(updated_item=secret)
        return SyncCustomActionResponse(updated_item=self.pressed(sender) if sender else None)


class OfferingServer(ScriptedServer):
    """With attachments and dictation."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store, MemoryAttachments(store))

    async def transcribe(
        self, audio_input: AudioInput, context: Context
    ) -> TranscriptionResult:
        size = len(audio_input.data)
        return TranscriptionResult(text=f"{size} bytes of {audio_input.media_type}")


def refusal(status: int, error: object) -> JSONResponse:
    return JSONResponse({"message": str(error) or type(error).__name__}, status)


async def after_first(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


async def answer(server: ScriptedServer, request: Request) -> Response:
    user = request.headers.get(USER_HEADER)
    if not user:
        return refusal(401, f"Send {USER_HEADER}.")
    context = {"user": user, "url": str(request.url)}
    try:
        result = await server.process(await request.body(), context)
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


def create_app() -> FastAPI:
    app = FastAPI()
    offering = OfferingServer(MemoryStore())
    bare = ScriptedServer(BareStore())
    attachments = offering.attachment_store

    @app.post("/chatkit")
    async def chatkit(request: Request) -> Response:
        return await answer(offering, request)

    @app.post("/chatkit/bare")
    async def chatkit_bare(request: Request) -> Response:
        return await answer(bare, request)

    @app.post("/chatkit/files/{attachment_id}")
    async def upload(attachment_id: str, request: Request) -> Response:
        await attachments.receive(attachment_id, await request.body())
        return JSONResponse({})

    @app.post("/chatkit/attachments")
    async def upload_directly(request: Request) -> Response:
        head = f"content-type: {request.headers['content-type']}\n\n".encode()
        form = message_from_bytes(head + await request.body(), policy=policy.HTTP)
        (file,) = form.iter_parts()
        context = {"user": request.headers[USER_HEADER], "url": str(request.url)}
        attachment = await attachments.add(
            file.get_filename(), file.get_content_type(), file.get_payload(decode=True), context
        )
        json_of = attachment.model_dump_json(exclude_none=True, context={"exclude_metadata": True})
        return Response(json_of, media_type="application/json")

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
