import subprocess
import sys
from collections.abc import Callable

import pytest
import torch

from engine.config import TrainSettings
from engine.errors import SettingsError, TrainingError
from engine.training import hardware

CPU, GPU = torch.device("cpu"), torch.device("cuda")


def choose(precision: str, device: torch.device) -> str:
    return hardware.choose_precision(TrainSettings.model_validate({"precision": precision}), device)


@pytest.fixture
def bf16(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    def has(there: bool) -> None:
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: there)
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: there)

    return has


def test_auto_is_bf16_only_on_a_gpu_that_has_it(bf16: Callable[[bool], None]) -> None:
    bf16(True)
    assert (choose("auto", GPU), choose("auto", CPU)) == ("bf16", "no")
    bf16(False)
    assert (choose("auto", GPU), choose("auto", CPU)) == ("no", "no")


def test_what_is_asked_for_is_given_or_refused_in_one_sentence(bf16: Callable[[bool], None]) -> None:
    bf16(True)
    assert [choose(p, GPU) for p in ("no", "bf16", "fp16")] == ["no", "bf16", "fp16"]
    assert choose("bf16", CPU) == "bf16"
    with pytest.raises(SettingsError, match="fp16 needs a GPU"):
        choose("fp16", CPU)
    bf16(False)
    for device in (CPU, GPU):
        with pytest.raises(SettingsError, match="has no bf16"):
            choose("bf16", device)


@pytest.mark.skipif(torch.cuda.is_available(), reason="compiles where there is a GPU")
def test_compiling_needs_a_gpu() -> None:
    with pytest.raises(SettingsError, match=r"train\.compile"):
        hardware.start(TrainSettings(compile=True))


def test_running_out_of_memory_says_where_and_what_to_do() -> None:
    guard = hardware.explaining_lack_of_memory(lambda: "in epoch 3, step 2", "lower train.batch_users")
    with pytest.raises(TrainingError, match=r"out of memory in epoch 3, step 2: lower train\.batch_users"), guard:
        torch.empty(1 << 55, dtype=torch.uint8)
    with (
        pytest.raises(RuntimeError, match="cannot be multiplied"),
        hardware.explaining_lack_of_memory(str, ""),
    ):
        torch.ones(2, 3) @ torch.ones(2, 3)


def test_a_process_of_several_ends_with_what_it_said_and_without_the_tidying_of_python() -> None:
    tidying = "import atexit; atexit.register(print, 'tidying')"
    said = f"{tidying}; from engine.training import hardware; print('said'); hardware.end_process(3)"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (3, "said\n")
