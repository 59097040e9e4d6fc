"""Text to tokens and back at serving time: chat turns in, text that never ends inside a character out."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

TURN_START, TURN_END, TEXT_END = "<|im_start|>", "<|im_end|>", "<|endoftext|>"


def byte_alphabet() -> dict[str, int]:
    """The 256 printable stand-ins of byte-level BPE (GPT-2's `bytes_to_unicode`, inverted)."""
    kept = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = (byte for byte in range(256) if byte not in set(kept))
    return {chr(byte): byte for byte in kept} | {chr(256 + rank): byte for rank, byte in enumerate(others)}


class Vocabulary:
    """The tokenizer of one model directory; ids are ints, text is str, a token's bytes may be part of a character."""

    def __init__(self, directory: Path) -> None:
        self._plain = Tokenizer.from_file(str(directory / "tokenizer.json"))
        self._plain.encode_special_tokens = True
        self._marked = Tokenizer.from_file(str(directory / "tokenizer.json"))
        alphabet = byte_alphabet()
        special = {token.content for token in self._marked.get_added_tokens_decoder().values() if token.special}
        pieces = self._marked.get_vocab(with_added_tokens=True)
        self.special_ids = frozenset(pieces[content] for content in special)
        self._bytes: dict[int, bytes] = {}
        for piece, token in pieces.items():
            self._bytes[token] = piece.encode() if piece in special else bytes(alphabet[char] for char in piece)
        self._pieces = {token: piece for piece, token in pieces.items()}
        self.size = len(pieces)
        self.turn_start, self.turn_end = pieces[TURN_START], pieces[TURN_END]
        self.end_ids = self._end_ids(directory)

    def _end_ids(self, directory: Path) -> frozenset[int]:
        path = directory / "generation_config.json"
        found = json.loads(path.read_text(encoding="utf-8")).get("eos_token_id") if path.exists() else None
        if found is None:
            return frozenset({self.turn_end})
        return frozenset(found if isinstance(found, list) else [found])

    def encode(self, text: str, *, marks: bool) -> list[int]:
        """Token ids; with `marks`, special tokens written in the text count as such (raw prompts only)."""
        ids: list[int] = (self._marked if marks else self._plain).encode(text, add_special_tokens=False).ids
        return ids

    def chat(self, turns: Iterable[tuple[str, str]], *, answer: bool = True, resume: bool = False) -> list[int]:
        """ChatML of (role, text) turns, as the template in tokenizer_config.json writes it.

        Special tokens inside a turn's text stay plain text: a caller cannot forge a turn.
        `answer` opens the assistant's turn; `resume` leaves the last turn open instead.
        """
        ids: list[int] = []
        for role, text in turns:
            ids += [self.turn_start, *self.encode(f"{role}\n{text}", marks=False)]
            ids += [self.turn_end, *self.encode("\n", marks=False)]
        if resume:
            return ids[: -1 - len(self.encode("\n", marks=False))]
        return [*ids, self.turn_start, *self.encode("assistant\n", marks=False)] if answer else ids

    def token_bytes(self, token: int) -> bytes:
        return self._bytes.get(token, b"")

    def piece(self, token: int) -> str:
        """The token as tokenizer.json writes it, a stand-in character for each byte (``Ġ`` for a space)."""
        return self._pieces.get(token, "")

    def decode(self, ids: Sequence[int], *, specials: bool = True) -> str:
        kept = (token for token in ids if specials or token not in self.special_ids)
        return b"".join(map(self.token_bytes, kept)).decode("utf-8", "replace")


class TokenNames:
    """What logprobs call the tokens of one text, as in vLLM: a character that several tokens spell is the last one's.

    So the names of a text's tokens join to the text.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._open: list[bytes] = []

    def peek(self, token: int) -> str:
        """The name that `token` would have at this place."""
        raw = self._vocabulary.token_bytes(token)
        text = raw.decode("utf-8", "replace")
        if "�" not in text:
            return text
        for start in range(len(self._open) - 1, -1, -1):
            text = b"".join((*self._open[start:], raw)).decode("utf-8", "replace")
            if not text.endswith("�"):
                return text
        return ""

    def take(self, token: int) -> str:
        """The name of the text's next token."""
        name = self.peek(token)
        self._open = [] if name else [*self._open[-3:], self._vocabulary.token_bytes(token)]
        return name


class TextTail:
    """Turns one stream's tokens into text that is safe to send: whole characters, nothing of a stop string."""

    def __init__(self, vocabulary: Vocabulary, stops: tuple[str, ...], keep_stop: bool, specials: bool = False) -> None:
        self._vocabulary, self._stops, self._keep_stop, self._specials = vocabulary, stops, keep_stop, specials
        self._decoder: Any = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self.stopped_by: str | None = None

    def push(self, token: int, *, search: bool = True) -> str:
        """The text that this token frees; sets `stopped_by` when a stop string is complete."""
        if token in self._vocabulary.special_ids and not self._specials:
            return ""
        self._held += self._decoder.decode(self._vocabulary.token_bytes(token))
        if not search:
            return self._release(len(self._held))
        found = [(at, stop) for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if found:
            at, self.stopped_by = min(found)
            text = self._held[: at + len(self.stopped_by) * self._keep_stop]
            self._held = ""
            return text
        return self._release(len(self._held) - self._live_prefix())

    def finish(self) -> str:
        """What was still held, once no more tokens come."""
        self._held += self._decoder.decode(b"", True)
        return self._release(len(self._held))

    def _live_prefix(self) -> int:
        """Length of the longest held suffix that may still become a stop string."""
        for length in range(min(len(self._held), max(map(len, self._stops), default=1) - 1), 0, -1):
            if any(stop.startswith(self._held[-length:]) for stop in self._stops):
                return length
        return 0

    def _release(self, length: int) -> str:
        text, self._held = self._held[:length], self._held[length:]
        return text
