"""Threads and items in memory."""

from typing import Any
from urllib.parse import urljoin

from chatkit.store import AttachmentStore, NotFoundError, Store
from chatkit.types import (
    Attachment,
    AttachmentCreateParams,
    AttachmentUploadDescriptor,
    FileAttachment,
    ImageAttachment,
    Page,
    ThreadItem,
    ThreadMetadata,
)

Context = dict[str, Any]

class NotOffered(Exception):
    """Of the protocol, but not of this server."""


class MemoryStore(Store[Context]):
    """Keeps threads and items by user, in the order in which they were first saved."""

    def __init__(self) -> None:
        self.threads: dict[str, tuple[str, ThreadMetadata]] = {}
        self.items: dict[str, dict[str, ThreadItem]] = {}
        self.attachments: dict[str, tuple[str, Attachment]] = {}

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
        self.attachments[attachment.id] = (context["user"], attachment.model_copy(deep=True))

    async def load_attachment(self, attachment_id: str, context: Context) -> Attachment:
        owner, attachment = self.attachments.get(attachment_id, (None, None))
        if owner != context["user"]:
            raise NotFoundError(f"No attachment {attachment_id}")
        return attachment.model_copy(deep=True)

    async def delete_attachment(self, attachment_id: str, context: Context) -> None:
        await self.load_attachment(attachment_id, context)
        del self.attachments[attachment_id]

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


class BareStore(MemoryStore):
    """Without attachments."""

    async def load_attachment(self, attachment_id: str, context: Context) -> Attachment:
        raise NotOffered("Attachments are not offered.")


class MemoryAttachments(AttachmentStore[Context]):
    """Keeps the bytes of attachments, whose records are in the store."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.bytes: dict[str, bytes] = {}

    async def create_attachment(
        self, input: AttachmentCreateParams, context: Context
    ) -> Attachment:
        attachment = self._attachment(input.name, input.mime_type, context)
        target = AttachmentUploadDescriptor(
            url=urljoin(context["url"], f"/chatkit/files/{attachment.id}"),
            method="POST",
            headers={"content-type": input.mime_type},
        )
        return attachment.model_copy(update={"upload_descriptor": target})

    def _attachment(self, name: str, mime_type: str, context: Context) -> Attachment:
        id = self.generate_attachment_id(mime_type, context)
        fields: dict[str, Any] = {
            "id": id,
            "name": name,
            "mime_type": mime_type,
            "metadata": {"of": "the application"},
        }
        if not mime_type.startswith("image/"):
            return FileAttachment(**fields)
        return ImageAttachment(**fields, preview_url=urljoin(context["url"], f"/previews/{id}"))

    async def receive(self, attachment_id: str, data: bytes) -> None:
        """The upload of the second phase."""
        owner, attachment = self.store.attachments[attachment_id]
        uploaded = attachment.model_copy(update={"upload_descriptor": None})
        await self.store.save_attachment(uploaded, {"user": owner})
        self.bytes[attachment_id] = data

    async def add(self, name: str, mime_type: str, data: bytes, context: Context) -> Attachment:
        """A direct upload."""
        attachment = self._attachment(name, mime_type, context)
        await self.store.save_attachment(attachment, context)
        self.bytes[attachment.id] = data
        return attachment

    async def delete_attachment(self, attachment_id: str, context: Context) -> None:
        await self.store.load_attachment(attachment_id, context)
        self.bytes.pop(attachment_id, None)
