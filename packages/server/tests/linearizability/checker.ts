/** One call of an operation and what came back, as one client saw it. */
export interface Operation<Call, Result> {
  readonly call: Call;
  readonly result: Result;
  /** Places in one order of all calls and returns of the history. */
  readonly called: number;
  readonly returned: number;
}

/** What an object does when nothing happens at once. States are never changed, only replaced. */
export interface Specification<State, Call, Result> {
  readonly initial: State;
  /** The state after a call with that result; undefined where the call can't have that result in the state. */
  step(state: State, call: Call, result: Result): State | undefined;
  /** Two states with one key go on alike. */
  key(state: State): string;
}

/** A place in the list of calls and returns that are not in the order yet. */
interface Link<Call, Result> {
  after: Entry<Call, Result> | undefined;
}

interface Entry<Call, Result> extends Link<Call, Result> {
  readonly index: number;
  readonly operation: Operation<Call, Result>;
  /** The entry of the return, in that of a call; undefined in that of a return. */
  readonly returns: Entry<Call, Result> | undefined;
  before: Link<Call, Result>;
}

/**
 * Finds an order of a history's operations, one after the other, in which each has its result and none comes before one
 * that had returned when it was called; undefined where there is none, so that the object is not linearizable.
 *
 * Wing and Gong, "Testing and Verifying Concurrent Objects" (1993), with the memory of Lowe, "Testing for
 * linearizability" (2017): a set of operations that led to a state is not tried twice. Every operation must have returned.
 */
export function linearize<State, Call, Result>(
  history: readonly Operation<Call, Result>[],
  specification: Specification<State, Call, Result>,
): readonly Operation<Call, Result>[] | undefined {
  const head = linked(history);
  const seen = new Set<string>();
  const taken: { readonly entry: Entry<Call, Result>; readonly before: State }[] = [];
  let done = 0n;
  let state = specification.initial;
  let entry = head.after;

  while (head.after !== undefined) {
    // A return whose call is not in the order yet: whatever was put there last was put there wrongly.
    if (entry?.returns === undefined) {
      const last = taken.pop();
      if (last === undefined) return undefined;
      state = last.before;
      done &= ~(1n << BigInt(last.entry.index));
      unlift(last.entry);
      entry = last.entry.after;
      continue;
    }
    const { call, result } = entry.operation;
    const next = specification.step(state, call, result);
    const together = done | (1n << BigInt(entry.index));
    const place = next === undefined ? '' : `${together.toString(36)} ${specification.key(next)}`;
    if (next === undefined || seen.has(place)) {
      entry = entry.after;
      continue;
    }
    seen.add(place);
    taken.push({ entry, before: state });
    done = together;
    state = next;
    lift(entry);
    entry = head.after;
  }
  return taken.map(({ entry: { operation } }) => operation);
}

/** The calls and returns in their order, behind a head that is none. */
function linked<Call, Result>(history: readonly Operation<Call, Result>[]): Link<Call, Result> {
  const head: Link<Call, Result> = { after: undefined };
  const entries = history.flatMap((operation, index) => {
    const common = { index, operation, before: head, after: undefined };
    const returns: Entry<Call, Result> = { ...common, returns: undefined };
    return [
      { at: operation.called, entry: { ...common, returns } },
      { at: operation.returned, entry: returns },
    ];
  });
  let last = head;
  for (const { entry } of entries.sort((a, b) => a.at - b.at)) {
    last.after = entry;
    entry.before = last;
    last = entry;
  }
  return head;
}

/** Takes an operation's call and return out of the list. They remember where they were. */
function lift<Call, Result>(call: Entry<Call, Result>): void {
  for (const { before, after } of both(call)) {
    before.after = after;
    if (after !== undefined) after.before = before;
  }
}

/** Puts back what was taken out last. */
function unlift<Call, Result>(call: Entry<Call, Result>): void {
  for (const entry of both(call).reverse()) {
    entry.before.after = entry;
    if (entry.after !== undefined) entry.after.before = entry;
  }
}

function both<Call, Result>(call: Entry<Call, Result>): Entry<Call, Result>[] {
  return call.returns === undefined ? [call] : [call, call.returns];
}
