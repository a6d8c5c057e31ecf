"""The little of ONNX Runtime's C interface that a model needs, on the library of its npm package.

The JavaScript of that package copies every output, and with it the whole cache at each step. Through
the C interface a session writes into buffers of the caller.
"""
import ctypes
import math
import platform
from pathlib import Path

# Places in the table of functions OrtApi, which only ever grows at its end.
API_VERSION = 20
GET_ERROR_MESSAGE = 2
CREATE_ENV = 3
CREATE_SESSION = 7
RUN = 9
CREATE_SESSION_OPTIONS = 10
SET_GRAPH_OPTIMIZATION_LEVEL = 23
SET_INTRA_OP_THREADS = 24
CREATE_TENSOR_WITH_DATA = 49
CREATE_CPU_MEMORY_INFO = 69
RELEASE_VALUE = 96

LOG_ERRORS = 3
OPTIMIZE_ALL = 99
ARENA_ALLOCATOR = 1
DEFAULT_MEMORY = 0
# ONNXTensorElementDataType
ELEMENT_TYPES = {ctypes.c_float: 1, ctypes.c_int32: 6, ctypes.c_int64: 7}

Handle = ctypes.c_void_p


class OrtApiBase(ctypes.Structure):
    _fields_ = [
        ("get_api", ctypes.CFUNCTYPE(ctypes.POINTER(Handle), ctypes.c_uint32)),
        ("get_version", ctypes.CFUNCTYPE(ctypes.c_char_p)),
    ]


def find_library(packages: Path) -> Path:
    """The library in `packages`, a folder that npm installed onnxruntime-node into."""
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    pattern = f"node_modules/onnxruntime-node/bin/*/linux/{machine}/libonnxruntime.so*"
    found = sorted(packages.glob(pattern))
    if not found:
        raise FileNotFoundError(f"{packages}: expected {pattern}, found none")
    return found[0]


class Tensor:
    """Numbers of one C type, which ONNX Runtime reads or writes in place."""

    def __init__(self, runtime: "Runtime", element, shape: list[int], values=()):
        self.runtime = runtime
        self.data = (element * math.prod(shape))(*values)
        self.handle = Handle()
        runtime.call(
            CREATE_TENSOR_WITH_DATA,
            runtime.memory,
            self.data,
            ctypes.c_size_t(ctypes.sizeof(self.data)),
            (ctypes.c_int64 * len(shape))(*shape),
            ctypes.c_size_t(len(shape)),
            ELEMENT_TYPES[element],
            ctypes.byref(self.handle),
        )

    def __del__(self):
        self.runtime.release(RELEASE_VALUE, self.handle)


class Runtime:
    """The loaded library."""

    def __init__(self, library: Path):
        get_base = ctypes.CDLL(str(library)).OrtGetApiBase
        get_base.restype = ctypes.POINTER(OrtApiBase)
        base = get_base().contents
        self.version = base.get_version().decode()
        self.table = base.get_api(API_VERSION)
        self.status_function = ctypes.CFUNCTYPE(Handle)
        self.environment, self.memory = Handle(), Handle()
        self.call(CREATE_ENV, LOG_ERRORS, b"gpt2", ctypes.byref(self.environment))
        self.call(
            CREATE_CPU_MEMORY_INFO, ARENA_ALLOCATOR, DEFAULT_MEMORY, ctypes.byref(self.memory)
        )

    def call(self, place: int, *arguments) -> None:
        status = self.status_function(self.table[place])(*arguments)
        if status:
            get_message = ctypes.CFUNCTYPE(ctypes.c_char_p, Handle)(self.table[GET_ERROR_MESSAGE])
            raise RuntimeError(get_message(status).decode())

    def release(self, place: int, handle: Handle) -> None:
        ctypes.CFUNCTYPE(None, Handle)(self.table[place])(handle)


class Session:
    """A graph on the CPU provider, with all of its optimisations."""

    def __init__(self, runtime: Runtime, graph: Path, threads: int):
        self.runtime = runtime
        options = Handle()
        runtime.call(CREATE_SESSION_OPTIONS, ctypes.byref(options))
        runtime.call(SET_GRAPH_OPTIMIZATION_LEVEL, options, OPTIMIZE_ALL)
        runtime.call(SET_INTRA_OP_THREADS, options, threads)
        self.handle = Handle()
        path = str(graph).encode()
        runtime.call(
            CREATE_SESSION, runtime.environment, path, options, ctypes.byref(self.handle)
        )

    def run(self, inputs: dict[str, Tensor], outputs: dict[str, Tensor]) -> None:
        """Computes the outputs into the tensors given, which may be among the inputs."""
        self.runtime.call(
            RUN,
            self.handle,
            None,
            (ctypes.c_char_p * len(inputs))(*(name.encode() for name in inputs)),
            (Handle * len(inputs))(*(tensor.handle for tensor in inputs.values())),
            ctypes.c_size_t(len(inputs)),
            (ctypes.c_char_p * len(outputs))(*(name.encode() for name in outputs)),
            ctypes.c_size_t(len(outputs)),
            (Handle * len(outputs))(*(tensor.handle for tensor in outputs.values())),
        )
