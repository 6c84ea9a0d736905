"""One step of training: the gradient of a batch, shared by all processes, and what the optimiser makes of it.

Several processes share each batch: all draw it whole from the same generator, each works on its rows, and the
gradient's mean over processes is the one that a single process would have taken.
"""

from contextlib import nullcontext
from typing import cast

import numpy as np
import torch
from accelerate import Accelerator
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from engine.config import TrainSettings
from engine.data.batches import UserBatch
from engine.model.hybrid import TwoTower
from engine.training import hardware
from engine.training.data import Share, TrainingData
from engine.training.objective import objective


class Learner:
    """A network with its objective, its optimiser and the running average of its weights.

    `averaged` is the network with the average, which is what is validated and published: it generalises better than
    the weights of any step (Izmailov et al., UAI 2018).
    """

    def __init__(self, model: TwoTower, data: TrainingData, plan: TrainSettings, accelerator: Accelerator) -> None:
        self.model, self.data, self.plan, self.accelerator = model, data, plan, accelerator
        self.device = accelerator.device
        self.batch_users = plan.users_a_batch(data.users)
        self.batches = -(-data.users // self.batch_users)
        self.objective = objective(plan, data.listeners)
        self.average = AveragedModel(model, self.device, multi_avg_fn=get_ema_multi_avg_fn(plan.average_decay))
        self.averaged = cast(TwoTower, self.average.module)
        self.wrapped, self.optimizer = accelerator.prepare(model, _optimizer(model, plan))
        if plan.compile:
            self.wrapped.compile(dynamic=True)  # as histories differ in length

    def completes(self, number: int) -> bool:
        """Tell whether batch `number` of a pass (from 1) is the last before a step of the optimiser."""
        return number % self.plan.accumulate == 0 or number == self.batches

    def learn(self, whole: UserBatch, number: int, rate: float, rng: np.random.Generator) -> torch.Tensor:
        """Add the gradient of batch `number`, and step at the learning rate `rate` if that completes it.

        Returns
        -------
        loss
            A scalar on the device; its mean over processes is the mean over the users of the batch.
        """
        accelerator = self.accelerator
        id_kept = torch.from_numpy(rng.random(len(self.data.listeners)) >= self.plan.id_dropout)
        share = Share.of(len(whole.users), accelerator.process_index, accelerator.num_processes)
        drawn = hardware.on_device(self.objective.draw(whole, share, rng), self.device)
        batch = hardware.on_device(share.take(whole), self.device)
        with nullcontext() if self.completes(number) else accelerator.no_sync(self.wrapped):
            with accelerator.autocast():
                encoded = self.wrapped(batch, self.data.songs, id_kept.to(self.device, torch.float32), drawn.songs)
                loss = self.objective.loss(encoded, batch, drawn)
            # Gradients are averaged over processes and summed over a group: so that each user counts the same.
            loss = loss * (share.size * accelerator.num_processes / share.users)
            if number == 1 or self.completes(number - 1):
                self.optimizer.zero_grad()  # no sooner, so that the new gradients get the memory of the old ones
            accelerator.backward(loss * (share.users / self._users_in_group(number)))
        if self.completes(number):
            self._step(rate)
        return loss.detach()

    def weights(self) -> dict[str, torch.Tensor]:
        """Copy the averaged weights."""
        return {name: tensor.detach().clone() for name, tensor in self.averaged.state_dict().items()}

    def is_finite(self) -> bool:
        """Tell whether all averaged weights are finite."""
        return all(bool(torch.isfinite(parameter).all()) for parameter in self.averaged.parameters())

    def _step(self, rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        if self.plan.clip_norm:
            self.accelerator.clip_grad_norm_(self.wrapped.parameters(), self.plan.clip_norm)
        self.optimizer.step()
        self.average.update_parameters(self.model)

    def _users_in_group(self, number: int) -> int:
        """Users of the batches that share a step of the optimiser with batch `number`."""
        size = self.plan.accumulate * self.batch_users
        group = (number - 1) // self.plan.accumulate
        return min(size, self.data.users - group * size)


def _optimizer(model: TwoTower, plan: TrainSettings) -> torch.optim.AdamW:
    decays = {"song": plan.weight_decay, "user": plan.weight_decay, "bias": 0.0}
    groups: dict[float, list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        decay = decays.get(name.split(".")[-2], plan.content_decay)
        groups.setdefault(decay, []).append(parameter)
    grouped = [{"params": parameters, "weight_decay": decay} for decay, parameters in groups.items()]
    return torch.optim.AdamW(grouped, lr=plan.learning_rate, fused=True)
