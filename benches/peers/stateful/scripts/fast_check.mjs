// The machines of `src/machines`, for fast-check: one line of JSON per machine and seed.
//
// Written as its documentation says: a class per command with `check` and `run`. A command cannot ask the model for an
// argument, so ids are chosen by an index, the way its users do it.
import fc from 'fast-check';

const SEEDS = Number(process.argv[2]);
const CASES = Number(process.argv[3]);
const COMMANDS = Number(process.argv[4]);

// The same counters as in `src/runs.rs`.
const runs = { all: 0, firstFailure: 0, commandsOfRun: 0, lastFailure: 0 };

class Command {
  constructor(name, argument, check, next, run) {
    Object.assign(this, { name, argument, allowed: check, next, system: run });
  }
  check(model) {
    return this.allowed(model);
  }
  run(model, real) {
    runs.commandsOfRun += 1;
    // What the argument stands for is decided by the model before it moves on.
    const resolved = model.resolve ? model.resolve(this.argument) : this.argument;
    const expected = this.next(model, resolved);
    const output = this.system(real, resolved);
    if (output !== expected || (model.holds && !model.holds())) {
      runs.lastFailure = runs.commandsOfRun;
      runs.firstFailure ||= runs.all;
      throw new Error(`${this.name} gave ${output}, expected ${expected}`);
    }
  }
  toString() {
    return `${this.name}(${this.argument ?? ''})`;
  }
}

const always = () => true;
const plain = (...parts) => fc.constant(new Command(parts[0], undefined, ...parts.slice(1)));
const of = (argument, name, ...parts) => argument.map((value) => new Command(name, value, ...parts));

const machines = {
  'S1-todo-ids': {
    start: () => ({
      model: { ids: [], next: 1, resolve(index) { return this.ids[index % this.ids.length]; } },
      real: { todos: [] },
    }),
    commands: [
      plain('add', always, (m) => (m.ids.push(m.next), m.next++), (r) => (r.todos.push(r.todos.length + 1), r.todos.length)),
      of(fc.nat(), 'edit', (m) => m.ids.length > 0, (m, id) => id, (r, id) => (r.todos.includes(id) ? id : null)),
      of(fc.nat(), 'delete', (m) => m.ids.length > 0,
        (m, id) => ((m.ids = m.ids.filter((other) => other !== id)), id),
        (r, id) => {
          const there = r.todos.includes(id) ? id : null;
          r.todos = r.todos.filter((other) => other !== id);
          return there;
        }),
    ],
  },
  'S4-ring-slots': {
    start: () => ({ model: { size: null, queue: [] }, real: { elements: null, read: 0, write: 0 } }),
    commands: [
      of(fc.integer({ min: 1, max: 10 }), 'new', (m) => m.size === null,
        (m, size) => ((m.size = size), 0), (r, size) => ((r.elements = Array(size).fill(0)), 0)),
      of(fc.integer({ min: 0, max: 255 }), 'put', (m) => m.size !== null && m.queue.length < m.size,
        (m, element) => (m.queue.push(element), 0),
        (r, element) => ((r.elements[r.write] = element), (r.write = (r.write + 1) % r.elements.length), 0)),
      plain('get', (m) => m.queue.length > 0, (m) => m.queue.shift(), (r) => {
        const element = r.elements[r.read];
        r.read = (r.read + 1) % r.elements.length;
        return element;
      }),
      plain('size', (m) => m.size !== null, (m) => m.queue.length,
        (r) => (r.write + r.elements.length - r.read) % r.elements.length),
    ],
  },
  'S7-die-hard': {
    start: () => ({ model: { big: 0, small: 0, holds() { return this.big !== 4; } }, real: {} }),
    commands: [
      ['fill_big', (m) => { m.big = 5; }],
      ['fill_small', (m) => { m.small = 3; }],
      ['empty_big', (m) => { m.big = 0; }],
      ['empty_small', (m) => { m.small = 0; }],
      ['big_to_small', (m) => { const poured = Math.min(m.big, 3 - m.small); m.big -= poured; m.small += poured; }],
      ['small_to_big', (m) => { const poured = Math.min(m.small, 5 - m.big); m.big += poured; m.small -= poured; }],
    ].map(([name, next]) => plain(name, always, next, () => undefined)),
  },
  'S8-door': {
    start: () => ({ model: { locked: false }, real: { locks: 0 } }),
    commands: [
      plain('lock', (m) => !m.locked, (m) => { m.locked = true; return true; }, (r) => { r.locks += 1; return true; }),
      plain('unlock', (m) => m.locked, (m) => { m.locked = false; return true; }, always),
      of(fc.integer({ min: 0, max: 99 }), 'put', (m) => !m.locked, always, (r, weight) => !(weight >= 50 && r.locks >= 2)),
    ],
  },
};

for (const [machine, { start, commands }] of Object.entries(machines)) {
  for (let seed = 0; seed < SEEDS; seed += 1) {
    Object.assign(runs, { all: 0, firstFailure: 0, commandsOfRun: 0, lastFailure: 0 });
    const from = process.cpuUsage();
    // Its default size stops at ten commands; with `max` the lengths are those of the other tools.
    const sequences = fc.commands(commands, { maxCommands: COMMANDS, size: 'max' });
    const property = fc.property(sequences, (sequence) => {
      runs.all += 1;
      runs.commandsOfRun = 0;
      fc.modelRun(start, sequence);
    });
    const { failed } = fc.check(property, { seed, numRuns: CASES });
    const taken = process.cpuUsage(from);
    console.log(JSON.stringify({
      machine,
      length: failed ? runs.lastFailure : null,
      runs: failed ? runs.all - runs.firstFailure : null,
      milliseconds: (taken.user + taken.system) / 1000,
    }));
  }
}
