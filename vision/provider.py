"""Where the inference runtime computes: the one asked for is the one that runs, or nothing starts."""

from enum import StrEnum
from typing import Final


class Provider(StrEnum):
    """An execution provider of the runtime, by the name that settings and commands use."""

    CPU = "cpu"
    CUDA = "cuda"  # NVIDIA, needs the runtime's GPU build
    OPENVINO = "openvino"  # Intel, needs the runtime's OpenVINO build


RUNTIME_NAMES: Final = {
    Provider.CPU: "CPUExecutionProvider",
    Provider.CUDA: "CUDAExecutionProvider",
    Provider.OPENVINO: "OpenVINOExecutionProvider",
}
