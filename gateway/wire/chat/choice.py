"""One choice of an answer on its way to the caller: its fields, its tool calls, and its end.

A message of a plain answer and the deltas of a stream take the same way (``keep`` tells them apart), so what
is judged does not depend on how the answer comes.
"""

from __future__ import annotations

from typing import Any, Final

from gateway.wire.chat.fields import ANSWER
from gateway.wire.chat.logprobs import Logprobs
from gateway.wire.chat.parts import TextParts
from gateway.wire.fields import Node
from gateway.wire.leaves import Judge, Leaves, Stream, malformed

DELTA: Final = ANSWER.children["choices"].below("*").children["delta"]
_PART: Final = DELTA.children["content"].below("*")
_CALL: Final = DELTA.children["tool_calls"].below("*")
_FUNCTION_CALL: Final = DELTA.children["function_call"]
_AUDIO: Final = DELTA.children["audio"]
_THOUGHTS: Final = frozenset({"reasoning_content", "reasoning"})
_RANKS: Final = {"role": 0, "reasoning_content": 1, "reasoning": 2, "content": 3, "refusal": 4, "tool_calls": 5,
          "function_call": 6, "audio": 7}  # fmt: skip
"""The order in which the fields of one delta are judged: the order in which models write them."""
_KINDS: Final[tuple[tuple[str, str], ...]] = (("function", "arguments"), ("custom", "input"))
MAX_CALLS: Final = 256
"""Tool calls of one choice."""


class Choice:
    """The fields of one choice. ``cut``: nothing of it may follow; ``over``: it ended by itself."""

    __slots__ = (
        "_alone", "_calls", "_fields", "_parts", "_places", "_spoken", "_thinking", "content", "cut", "index", "leaves",
        "log", "over",
    )

    def __init__(self, judge: Judge, index: int, *, logprobs: bool) -> None:
        self.index = index
        self.leaves = Leaves(judge, index)
        self.log = Logprobs(self.leaves) if logprobs else None
        self.content: Stream | None = None
        """The text's own stream, once it is open, is the one open, and no probabilities are asked for."""
        self.cut = self.over = False
        self._fields: dict[str, Stream] = {}
        self._places: dict[str, tuple[dict[str, Any], str]] = {}
        self._calls: dict[int, dict[str, Any]] = {}
        self._parts: TextParts | None = None
        """The content, once it came as a list of parts."""
        self._thinking = self._alone = self._spoken = False

    def take(self, delta: dict[str, Any], *, keep: bool) -> None:
        """Judge ``delta`` in place: what stays may go out. ``keep``: it is a whole message."""
        self._alone = keep and self.log is None and not any(
            value for key, value in delta.items() if key not in ("role", "content")
        )
        for key in sorted(delta, key=lambda each: _RANKS.get(each, 8)) if len(delta) > 1 else tuple(delta):
            if self.cut:
                if key != "role":
                    del delta[key]
                continue
            value = delta[key]
            if value is None or key == "role":
                if value is not None and not (type(value) is str and DELTA.children["role"].exempts(value)):
                    raise malformed()
                continue
            self._member(delta, key, value, keep)
            self.cut = self.cut or self.leaves.cut

    def _member(self, delta: dict[str, Any], key: str, value: Any, keep: bool) -> None:
        if self._thinking and key not in _THOUGHTS and value not in ("", []):
            self._end_thoughts(delta, keep)
            if self.cut:
                del delta[key]
                return
        if key in ("content", "tool_calls") and value:
            self._end_pieces(delta, key)
            if self.cut:
                del delta[key]
                return
        if key == "content" and not self.over and (type(value) is list or (value and self._parts is not None)):
            self._listed(delta, value, keep)
        elif type(value) is str:
            if key not in DELTA.children and self.leaves.whole(f"{key}/~key", key) != key:
                del delta[key]
            else:
                self._thinking = self._thinking or key in _THOUGHTS
                self._text(delta, key, key, keep)
        elif key == "tool_calls":
            self._take_calls(delta, value, keep)
        elif key == "function_call" and type(value) is dict:
            self._prefixed(delta, key, value, _FUNCTION_CALL, ("arguments",), keep)
        elif key == "audio" and type(value) is dict:
            self._prefixed(delta, key, value, _AUDIO, ("transcript",), keep)
        else:
            self._nested(delta, key, keep)

    def finish(self, holder: dict[str, Any]) -> bool:
        """All texts have ended: put the rest into ``holder``; true when there was any."""
        grown = False
        if self._calls and not self.cut:
            calls = [call for _, call in sorted(self._calls.items())]
            self._calls = {}
            rest: dict[str, Any] = {"tool_calls": calls}
            self._take_calls(rest, calls, keep=True)
            if rest.get("tool_calls"):
                holder.setdefault("tool_calls", []).extend(rest["tool_calls"])
                grown = True
        grown = self._end_pieces(holder) or grown
        for name in tuple(self._fields):
            grown = self._end_field(name, holder) or grown
        self.cut = self.cut or self.leaves.cut
        self.over = True
        self.content = None
        return grown

    def words(self, refusal: str) -> Any:
        """The ``refusal`` as content is told in this choice: after what was said, as a string or as a list of parts."""
        text = ("\n\n" if self._spoken else "") + refusal.lstrip("\n")  # a cut sentence is not ours to end
        return text if self._parts is None else [{"type": "text", "text": text}]

    def refused(self, content: Any, refusal: str) -> Any:
        """The ``content`` of a whole answer that was cut, with the ``refusal`` at its end."""
        words = self.words(refusal)
        if type(words) is str:
            return (content or "") + words
        kept = list(content or ())
        while kept and kept[-1] == {"type": "text", "text": ""}:
            kept.pop()  # it stood behind the cut
        return kept + words

    # -- texts ---------------------------------------------------------------------------------

    def _listed(self, delta: dict[str, Any], value: Any, keep: bool) -> None:
        """The next parts of the content."""
        if self._parts is None:
            stream = self._fields.get("content")
            if stream is None:
                stream = self._fields["content"] = self.leaves.open("content")
            self._parts = TextParts(self.leaves, stream, self.log, _PART, keep=keep)
            self.content = None
        out = self._parts.take(value if type(value) is list else [{"type": "text", "text": value}])
        self.cut = self.cut or self._parts.joined.cut
        if out or not value:
            delta["content"] = out
        else:
            del delta["content"]

    def _text(self, holder: dict[str, Any], key: str, name: str, keep: bool) -> None:
        """The next piece of the text ``name``, that stands at ``holder[key]``."""
        text = holder[key]
        if self.over:
            holder[key] = self.leaves.whole(name, text)
            return
        stream = self._fields.get(name)
        if stream is None:
            stream = self.leaves.open(name)
            if self._alone:  # it comes whole and nothing comes after it, so nothing of it need be held
                holder[key] = stream.finish(text)
                self.cut = self.cut or stream.cut
                self._spoken = stream.position > 0
                return
            self._fields[name] = stream
        out = stream.feed(text) if self.log is None else self.log.feed(stream, text)
        if stream.cut:
            self.cut = True
        if keep:
            self._places[name] = holder, key
        if out or keep or not text:
            holder[key] = out
        else:
            del holder[key]
        self.content = self._fields.get("content") if self.log is None and not self._thinking else None

    def _end_thoughts(self, delta: dict[str, Any], keep: bool) -> None:
        """The thoughts have ended where the answer begins: their rest does not wait for the end of it."""
        self._thinking = False
        for name in [each for each in _THOUGHTS if each in self._fields]:
            self._end_field(name, delta)

    def _end_pieces(self, holder: dict[str, Any], but: str = "") -> bool:
        """What members that are no text of the API said piece by piece has ended, but for those of ``but``."""
        gone, rest = self.cut, self.leaves.rest(but=but)
        self.cut = self.cut or self.leaves.cut
        if gone or not rest:
            return False
        for key, value in rest.items():
            holder[key] = holder[key] + value if type(holder.get(key)) is list and type(value) is list else value
        return True

    def _end_field(self, name: str, holder: dict[str, Any]) -> bool:
        """Finish a text and put its rest where it belongs. After a cut it is finished for its findings only."""
        stream, gone = self._fields.pop(name), self.cut
        told, rest, more = stream.position, "", list[Any]()
        if not stream.cut:
            if name == "content" and self._parts is not None:
                more = self._parts.finish(lost=gone)
            else:
                rest = stream.finish() if self.log is None else self.log.finish(stream)
            self.cut = gone or stream.cut
            told = told if gone else stream.position
        if name == "content":
            self._spoken = told > 0
        if more:
            holder["content"] = (holder.get("content") or []) + more
        if gone or not rest:
            return bool(more)
        place = self._places.get(name)
        if place is not None:
            place[0][place[1]] += rest
            return True
        *path, last = name.split("/") if "/" in name and name.split("/")[0] in _RANKS else [name]
        for step in path:
            if step.isdigit():
                holder.setdefault("tool_calls", []).append({"index": int(step)})
                holder = holder["tool_calls"][-1]
            elif step != "tool_calls":
                holder = holder.setdefault(step, {})
        holder[last] = (holder.get(last) or "") + rest
        return True

    def _nested(self, delta: dict[str, Any], key: str, keep: bool) -> None:
        leaves = self.leaves
        if key not in DELTA.children and leaves.whole(f"{key}/~key", key) != key:
            del delta[key]
            return
        (leaves.nested if keep else leaves.pieces)(delta, key, DELTA.below(key), key)
        if leaves.cut:
            del delta[key]

    # -- calls ---------------------------------------------------------------------------------

    def _take_calls(self, delta: dict[str, Any], calls: Any, keep: bool) -> None:
        if type(calls) is not list:
            raise malformed()
        kept = []
        for at, call in enumerate(calls):
            if self.cut:
                break
            if type(call) is not dict:
                raise malformed()
            index = call.get("index", at)
            if type(index) is not int or not 0 <= index < MAX_CALLS:
                raise malformed()
            whole = call if keep else self._joined(index, call)
            if whole is not None and self._call(whole, f"tool_calls/{index}", keep):
                kept.append(whole)
        if kept or not calls:
            delta["tool_calls"] = kept
        else:
            delta.pop("tool_calls", None)

    def _joined(self, index: int, call: dict[str, Any]) -> dict[str, Any] | None:
        """``call`` with what was kept of it; None while its name may still go on: names are judged whole."""
        for kind, text in _KINDS:
            body = call.get(kind)
            if type(body) is dict and (body.get("name") or index in self._calls):
                begun = self._calls.pop(index, {})
                name = (begun.get(kind) or {}).get("name") or ""
                call = {**begun, **{key: each for key, each in call.items() if each is not None}}
                call[kind] = body = {**body, "name": name + (body.get("name") or "")}
                if type(body.get(text)) is not str:
                    self._calls[index] = call
                    return None
        return call

    def _call(self, call: dict[str, Any], name: str, keep: bool) -> bool:
        """Judge one call in place; false when nothing of it is left."""
        said = False
        for key in tuple(call):
            if key not in ("function", "custom"):
                self._leaf(call, key, _CALL, name)
                said = said or (key != "index" and call.get(key) is not None)
        for kind, text in _KINDS:
            body = call.get(kind)
            if type(body) is dict and not self.cut:
                had = bool(body)
                said = self._body(body, f"{name}/{kind}", _CALL.below(kind), (text,), keep) or said
                if had and not body:
                    del call[kind]
            elif body is not None and not self.cut:
                raise malformed()
        return said and not (self.cut and not any(call.get(kind) for kind, _ in _KINDS))  # without its name it is none

    def _prefixed(
        self, delta: dict[str, Any], key: str, body: dict[str, Any], node: Node, texts: tuple[str, ...], keep: bool
    ) -> None:
        had = bool(body)
        said = self._body(body, key, node, texts, keep)
        if had and not said:
            del delta[key]

    def _body(self, body: dict[str, Any], name: str, node: Node, texts: tuple[str, ...], keep: bool) -> bool:
        """Judge an object whose members are whole but for ``texts``; false when nothing of it may go out."""
        for key in tuple(body):
            if key not in texts:
                self._leaf(body, key, node, name)
        if self.cut:
            body.clear()
            return False
        for key in texts:
            value = body.get(key)
            if type(value) is str:
                self._text(body, key, f"{name}/{key}", keep)
            elif value is not None:
                raise malformed()
        return bool(body)

    def _leaf(self, holder: dict[str, Any], key: str, node: Node, name: str) -> None:
        leaves = self.leaves
        if key not in node.children and leaves.whole(f"{name}/{key}/~key", key) != key:
            del holder[key]
        if key in holder and not leaves.cut:
            leaves.nested(holder, key, node.below(key), f"{name}/{key}")
        self.cut = self.cut or leaves.cut
