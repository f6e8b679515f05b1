"""Threads and items in memory."""

from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata


Context = dict[str, Any]


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
