"""The machines of `src/machines`, for Hypothesis: one line of JSON per machine and seed.

Written as its documentation says: a `RuleBasedStateMachine` with preconditions.
"""

import json
import sys
import time

import hypothesis.core
from hypothesis import HealthCheck, Verbosity, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

SEEDS, CASES, COMMANDS = (int(argument) for argument in sys.argv[1:4])


class Runs:
    """The same counters as in `src/runs.rs`."""

    all = first_failure = commands_of_run = last_failure = 0

    @classmethod
    def reset(cls):
        cls.all = cls.first_failure = cls.commands_of_run = cls.last_failure = 0


class Machine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        Runs.all += 1
        Runs.commands_of_run = 0

    def compare(self, expected, output):
        Runs.commands_of_run += 1
        if expected != output:
            Runs.last_failure = Runs.commands_of_run
            Runs.first_failure = Runs.first_failure or Runs.all
            raise AssertionError(f"got {output}, expected {expected}")


class Todo(Machine):
    def __init__(self):
        super().__init__()
        self.ids, self.next, self.todos = [], 1, []

    @rule()
    def add(self):
        self.ids.append(self.next)
        self.next += 1
        self.todos.append(len(self.todos) + 1)
        self.compare(self.next - 1, self.todos[-1])

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def edit(self, data):
        wanted = data.draw(st.sampled_from(self.ids))
        self.compare(True, wanted in self.todos)

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def delete(self, data):
        wanted = data.draw(st.sampled_from(self.ids))
        self.ids.remove(wanted)
        there = wanted in self.todos
        self.todos = [todo for todo in self.todos if todo != wanted]
        self.compare(True, there)


class Ring(Machine):
    def __init__(self):
        super().__init__()
        self.size_of_queue, self.queue = None, []
        self.elements, self.read, self.write = [], 0, 0

    @precondition(lambda self: self.size_of_queue is None)
    @rule(size=st.integers(1, 10))
    def new(self, size):
        self.size_of_queue, self.elements = size, [0] * size
        self.compare(0, 0)

    @precondition(lambda self: self.size_of_queue is not None and len(self.queue) < self.size_of_queue)
    @rule(element=st.integers(0, 255))
    def put(self, element):
        self.queue.append(element)
        self.elements[self.write] = element
        self.write = (self.write + 1) % len(self.elements)
        self.compare(0, 0)

    @precondition(lambda self: self.queue)
    @rule()
    def get(self):
        element = self.elements[self.read]
        self.read = (self.read + 1) % len(self.elements)
        self.compare(self.queue.pop(0), element)

    @precondition(lambda self: self.size_of_queue is not None)
    @rule()
    def size(self):
        self.compare(len(self.queue), (self.write - self.read) % len(self.elements))


class Jugs(Machine):
    def __init__(self):
        super().__init__()
        self.big, self.small = 0, 0

    @rule()
    def fill_big(self):
        self.pour(5, self.small)

    @rule()
    def fill_small(self):
        self.pour(self.big, 3)

    @rule()
    def empty_big(self):
        self.pour(0, self.small)

    @rule()
    def empty_small(self):
        self.pour(self.big, 0)

    @rule()
    def big_to_small(self):
        poured = min(self.big, 3 - self.small)
        self.pour(self.big - poured, self.small + poured)

    @rule()
    def small_to_big(self):
        poured = min(self.small, 5 - self.big)
        self.pour(self.big + poured, self.small - poured)

    def pour(self, big, small):
        self.big, self.small = big, small
        self.compare(True, big != 4)


class Door(Machine):
    def __init__(self):
        super().__init__()
        self.locked, self.locks = False, 0

    @precondition(lambda self: not self.locked)
    @rule()
    def lock(self):
        self.locked, self.locks = True, self.locks + 1
        self.compare(True, True)

    @precondition(lambda self: self.locked)
    @rule()
    def unlock(self):
        self.locked = False
        self.compare(True, True)

    @precondition(lambda self: not self.locked)
    @rule(weight=st.integers(0, 99))
    def put(self, weight):
        self.compare(True, not (weight >= 50 and self.locks >= 2))


CONFIGURED = settings(
    max_examples=CASES,
    stateful_step_count=COMMANDS,
    database=None,
    deadline=None,
    verbosity=Verbosity.quiet,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)

for name, machine in [("S1-todo-ids", Todo), ("S4-ring-slots", Ring), ("S7-die-hard", Jugs), ("S8-door", Door)]:
    for seed in range(SEEDS):
        Runs.reset()
        # The way its own pytest plugin sets a seed.
        hypothesis.core.global_force_seed = seed
        start = time.process_time()
        try:
            run_state_machine_as_test(machine, settings=CONFIGURED)
            found = False
        except AssertionError:
            found = True
        taken = (time.process_time() - start) * 1000
        length, runs = (Runs.last_failure, Runs.all - Runs.first_failure) if found else (None, None)
        line = {"machine": name, "length": length, "runs": runs, "milliseconds": taken}
        print(json.dumps(line), flush=True)
