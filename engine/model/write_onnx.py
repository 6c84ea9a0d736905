"""Write a torch module as ONNX, without the exporter's talk about itself."""

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.export import Dim


def write_onnx(
    module: nn.Module,
    inputs: dict[str, Tensor],
    shapes: dict[str, dict[int, Dim]],
    outputs: Sequence[str],
    path: Path,
) -> None:
    """Write a module to one file, weights within.

    Parameters
    ----------
    inputs
        An example of each argument, by name.
    shapes
        Which dimensions of each input may vary, as `torch.export` calls them.
    outputs
        Names of what the module returns.
    """
    # It logs that torchvision is missing, which nothing here needs.
    logging.getLogger("torch.onnx._internal.exporter._registration").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns about its own internals
        program = torch.onnx.export(
            module, (), kwargs=inputs, dynamo=True, dynamic_shapes=shapes, output_names=list(outputs), verbose=False
        )
        assert program is not None
        program.save(path, external_data=False)
