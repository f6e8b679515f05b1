"""OpenAI's reference server for ChatKit (PyPI: openai-chatkit) with the scripted responder of README.md.

What the package leaves to whoever uses it is here: HTTP, a store, and which exception is which status.

    python reference/server.py --port 0
"""

import argparse
import json
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from chatkit.actions import Action
from chatkit.server import StreamingResult
from chatkit.store import NotFoundError
from chatkit.types import (
    ClientToolCallItem,
    FeedbackKind,
    HiddenContextItem,
    StreamOptions,
    StructuredInputItem,
    SyncCustomActionResponse,
    ThreadItemReplacedEvent,
    ThreadMetadata,
    UserMessageItem,
    WidgetItem,
)
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import ValidationError

from failures import Failures
from items import Items
from parts import Events, text_of
from store import Context, MemoryStore, NotOffered
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
            yield self.done(thread, f"Output: {json.dumps(last.output, separators=(',', ':'))}")
        if isinstance(last, StructuredInputItem):
            answers = [
                "+".join(question.answer.values) or "skipped"
                for question in last.inputs
                if question.answer
            ]
            yield self.done(thread, f"Answers: {', '.join(answers)}")

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
