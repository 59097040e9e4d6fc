"""Writes the decoder as an ONNX graph by hand, so that export needs no tracer and the graph is the same everywhere.

The graph holds no weights of its own: each initializer points into `model.safetensors`, so the two formats cannot
drift apart. Source: https://onnx.ai/onnx/repo-docs/ExternalData.html and the safetensors header layout.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, checker, helper, numpy_helper

from model_server.shape import ModelShape
from model_server.weights import read_header

OPSET = 20
ELEMENT_TYPES = {"F16": TensorProto.FLOAT16, "F32": TensorProto.FLOAT, "BF16": TensorProto.BFLOAT16}


class GraphBuilder:
    """Collects nodes and initializers; every method returns the name of the value it made."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.initializers: list[TensorProto] = []

    def node(self, op: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        name = out or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [name], **attributes))
        return name

    def constant(self, value: Any, kind: Any = np.int64) -> str:
        name = f"c{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(value, dtype=kind), name))
        return name

    def external(self, name: str, entry: dict[str, Any], data_start: int, file_name: str) -> str:
        """A tensor whose bytes lie in `file_name`, as the safetensors header `entry` says."""
        tensor = TensorProto(name=name, data_type=ELEMENT_TYPES[entry["dtype"]], dims=entry["shape"])
        tensor.data_location = TensorProto.EXTERNAL
        begin, end = entry["data_offsets"]
        for key, value in (("location", file_name), ("offset", data_start + begin), ("length", end - begin)):
            tensor.external_data.add(key=key, value=str(value))
        self.initializers.append(tensor)
        return name


class DecoderGraph(GraphBuilder):
    """The Llama step: ids, positions, mask, past keys and values in; logits of chosen rows and the new cache out."""

    def __init__(self, shape: ModelShape, weights: Path) -> None:
        super().__init__()
        self.shape = shape
        header, start = read_header(weights)
        for name, entry in sorted(header.items()):
            self.external(name, entry, start, weights.name)

    def weight(self, name: str, transposed: bool = True) -> str:
        """A weight as float32; the cast and the transposition are folded away when the session loads."""
        value = self.node("Cast", name, to=TensorProto.FLOAT)
        return self.node("Transpose", value, perm=[1, 0]) if transposed else value

    def norm(self, x: str, name: str) -> str:
        square = self.node("Mul", x, x)
        mean = self.node("ReduceMean", square, self.constant([-1]), keepdims=1)
        root = self.node("Sqrt", self.node("Add", mean, self.constant(self.shape.norm_eps, np.float32)))
        return self.node("Mul", self.node("Div", x, root), self.weight(name, transposed=False))

    def rotary(self) -> tuple[str, str]:
        """Cosines and sines of the positions, each (batch, 1, 1, length, head_dim)."""
        dim = self.shape.head_dim
        inverse = self.shape.rope_theta ** (-np.arange(0, dim, 2, dtype=np.float32) / dim)
        where = self.node("Cast", "positions", to=TensorProto.FLOAT)
        where = self.node("Unsqueeze", where, self.constant([1, 2, 4]))
        angles = self.node("Mul", where, self.constant(np.concatenate((inverse, inverse)), np.float32))
        return self.node("Cos", angles), self.node("Sin", angles)

    def rotate(self, x: str, rotary: tuple[str, str]) -> str:
        half = self.shape.head_dim // 2
        axis = self.constant([-1])
        low = self.node("Slice", x, self.constant([0]), self.constant([half]), axis)
        high = self.node("Slice", x, self.constant([half]), self.constant([2 * half]), axis)
        turned = self.node("Concat", self.node("Neg", high), low, axis=-1)
        return self.node("Add", self.node("Mul", x, rotary[0]), self.node("Mul", turned, rotary[1]))

    def project(self, x: str, name: str, groups: int) -> str:
        """(batch, length, hidden) → (batch, kv_heads, groups, length, head_dim)."""
        flat = self.node("MatMul", x, self.weight(name))
        parts = self.constant([0, 0, self.shape.kv_heads, groups, self.shape.head_dim])
        return self.node("Transpose", self.node("Reshape", flat, parts), perm=[0, 2, 3, 1, 4])

    def attention(self, x: str, layer: int, rotary: tuple[str, str]) -> str:
        shape, prefix = self.shape, f"model.layers.{layer}.self_attn"
        q = self.rotate(self.project(x, f"{prefix}.q_proj.weight", shape.heads // shape.kv_heads), rotary)
        k = self.rotate(self.project(x, f"{prefix}.k_proj.weight", 1), rotary)
        v = self.project(x, f"{prefix}.v_proj.weight", 1)
        k = self.node("Concat", f"past_k_{layer}", k, out=f"k_{layer}", axis=3)
        v = self.node("Concat", f"past_v_{layer}", v, out=f"v_{layer}", axis=3)
        scaled = self.node("Mul", q, self.constant(shape.head_dim**-0.5, np.float32))
        scores = self.node("MatMul", scaled, self.node("Transpose", k, perm=[0, 1, 2, 4, 3]))
        mixed = self.node("MatMul", self.node("Softmax", self.node("Add", scores, "mask"), axis=-1), v)
        mixed = self.node("Transpose", mixed, perm=[0, 3, 1, 2, 4])
        flat = self.node("Reshape", mixed, self.constant([0, 0, shape.heads * shape.head_dim]))
        return self.node("MatMul", flat, self.weight(f"{prefix}.o_proj.weight"))

    def feed_forward(self, x: str, layer: int) -> str:
        prefix = f"model.layers.{layer}.mlp"
        gate = self.node("MatMul", x, self.weight(f"{prefix}.gate_proj.weight"))
        up = self.node("MatMul", x, self.weight(f"{prefix}.up_proj.weight"))
        active = self.node("Mul", self.node("Mul", gate, self.node("Sigmoid", gate)), up)
        return self.node("MatMul", active, self.weight(f"{prefix}.down_proj.weight"))

    def build(self) -> ModelProto:
        embedding = "model.embed_tokens.weight"
        x = self.node("Cast", self.node("Gather", embedding, "ids"), to=TensorProto.FLOAT)
        rotary = self.rotary()
        for layer in range(self.shape.layers):
            prefix = f"model.layers.{layer}"
            x = self.node("Add", x, self.attention(self.norm(x, f"{prefix}.input_layernorm.weight"), layer, rotary))
            inner = self.norm(x, f"{prefix}.post_attention_layernorm.weight")
            x = self.node("Add", x, self.feed_forward(inner, layer))
        rows = self.node("Gather", self.node("Reshape", x, self.constant([-1, self.shape.hidden])), "rows")
        self.node("MatMul", self.norm(rows, "model.norm.weight"), self.weight(embedding), out="logits")
        return self._model()

    def _model(self) -> ModelProto:
        kv, dim = self.shape.kv_heads, self.shape.head_dim
        integers, reals = TensorProto.INT64, TensorProto.FLOAT
        inputs = [
            helper.make_tensor_value_info("ids", integers, ["batch", "length"]),
            helper.make_tensor_value_info("positions", integers, ["batch", "length"]),
            helper.make_tensor_value_info("mask", reals, ["batch", 1, 1, "length", "total"]),
            helper.make_tensor_value_info("rows", integers, ["chosen"]),
        ]
        outputs = [helper.make_tensor_value_info("logits", reals, ["chosen", self.shape.vocab_size])]
        for layer in range(self.shape.layers):
            for side in ("k", "v"):
                past = ["batch", kv, 1, "past", dim]
                inputs.append(helper.make_tensor_value_info(f"past_{side}_{layer}", reals, past))
                outputs.append(helper.make_tensor_value_info(f"{side}_{layer}", reals, ["batch", kv, 1, "total", dim]))
        graph = helper.make_graph(self.nodes, "llama_step", inputs, outputs, self.initializers)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)


def write_graph(shape: ModelShape, directory: Path) -> Path:
    """Writes `model.onnx` beside `model.safetensors` (which must exist) and checks it."""
    path = directory / "model.onnx"
    path.write_bytes(DecoderGraph(shape, directory / "model.safetensors").build().SerializeToString(deterministic=True))
    checker.check_model(str(path))
    return path
