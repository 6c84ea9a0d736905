"""What training runs on: one process or several, CPU or GPU, and what precision the hardware has."""

import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields, replace
from typing import NoReturn, TypeVar

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, PartialState

from engine.config import TrainSettings
from engine.errors import SettingsError, TrainingError

_FILLED = "fill_uninitialized_memory"

Batch = TypeVar("Batch")
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # as malloc.h numbers them
_NO_ROOM = "can't allocate memory"  # how torch words it on the CPU, where the error has no class of its own


def start(plan: TrainSettings) -> Accelerator:
    """Join the processes of this run, of which there may be one, and choose device and precision.

    Raises
    ------
    SettingsError
        The hardware lacks what `plan` asks for.
    """
    _keep_freed_memory()
    device = _processes().device
    precision = choose_precision(plan, device)
    if plan.compile and device.type != "cuda":
        raise SettingsError("setting train.compile: is for GPUs, and training runs on the CPU here; set it to false")
    if AcceleratorState._shared_state and AcceleratorState().mixed_precision != precision:
        AcceleratorState._reset_state()  # an earlier run in this process had another; Accelerate would refuse
    return Accelerator(mixed_precision=precision, cpu=device.type == "cpu")


def is_first_process() -> bool:
    """Tell whether this process is the one that writes and speaks."""
    return bool(_processes().is_main_process)


def processes() -> int:
    """How many processes train together."""
    return int(_processes().num_processes)


def launched_alone() -> bool:
    """Tell whether `accelerate launch` was asked for several processes and started one, as it does on a CPU."""
    return processes() == 1 and "MASTER_PORT" in os.environ and "WORLD_SIZE" not in os.environ


def leave() -> None:
    """Part from the other processes, once everything is done."""
    _processes().destroy_process_group()


def end_process(code: int) -> NoReturn:
    """End one process of several with what it has said, and without the tidying of Python.

    Threads of gloo outlive their group and may hold tensors. One that lets go of a tensor while Python tidies up aborts
    the process (https://github.com/pytorch/pytorch/issues/190489), and the launcher takes that for a failed run.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def choose_precision(plan: TrainSettings, device: torch.device) -> str:
    """Choose `no`, `bf16` or `fp16`.

    Raises
    ------
    SettingsError
        The device lacks what is asked for.
    """
    gpu = device.type == "cuda"
    if plan.precision == "auto":
        return "bf16" if gpu and torch.cuda.is_bf16_supported(including_emulation=False) else "no"
    if plan.precision == "fp16" and not gpu:
        raise SettingsError("setting train.precision: fp16 needs a GPU, and there is none here; choose auto or no")
    if plan.precision == "bf16":
        there = torch.cuda.is_bf16_supported(including_emulation=False) if gpu else cpu_has_bf16()
        if not there:
            raise SettingsError(f"setting train.precision: this {device.type} has no bf16; choose auto or no")
    return plan.precision


def cpu_has_bf16() -> bool:
    """Tell whether this CPU multiplies in bf16 itself; by emulation it would be slower than without."""
    return bool(torch.cpu._is_avx512_bf16_supported())


def on_device(batch: Batch, device: torch.device) -> Batch:
    """Copy the tensors of a dataclass to a device; to a GPU from pinned memory, while the processor goes on."""
    if device.type != "cuda":
        return batch
    there = {
        field.name: value.pin_memory().to(device, non_blocking=True)
        for field in fields(batch)  # type: ignore[arg-type]
        if isinstance(value := getattr(batch, field.name), torch.Tensor)
    }
    return replace(batch, **there)  # type: ignore[type-var]


@contextmanager
def explaining_lack_of_memory(where: Callable[[], str], remedy: str) -> Iterator[None]:
    """Turn running out of memory into a `TrainingError` that says `where` and names a `remedy`."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise TrainingError(f"out of memory {where()}: {remedy}") from error
    except RuntimeError as error:
        if _NO_ROOM not in str(error):
            raise
        raise TrainingError(f"out of memory {where()}: {remedy}") from error


def _keep_freed_memory() -> None:
    """Let the C library keep some of what a step frees for the next one: to ask for it anew costs a tenth of a step."""
    with suppress(OSError, AttributeError):  # none but glibc has it
        libc = ctypes.CDLL(None)
        libc.mallopt(_MMAP_THRESHOLD, 32 << 20)
        libc.mallopt(_TRIM_THRESHOLD, 256 << 20)


def _processes() -> PartialState:
    return PartialState(cpu=not torch.cuda.is_available())


@contextmanager
def same_bits(device: torch.device) -> Iterator[None]:
    """Let a CPU add up gradients in the same order each time, however many threads it has.

    Where several pairs share a song, threads would otherwise add to its gradient as they come. On a GPU some of what
    training needs has no such order.
    """
    if device.type != "cpu":
        yield
        return
    before, memory = torch.are_deterministic_algorithms_enabled(), torch.utils.deterministic
    filled = getattr(memory, _FILLED)
    setattr(memory, _FILLED, False)  # nothing reads memory that it didn't write, and filling it costs time
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)
        setattr(memory, _FILLED, filled)
