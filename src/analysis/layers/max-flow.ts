/** Maximum flow = minimum cut (Ford & Fulkerson 1956), by Dinic's algorithm (Dinitz 1970). */

/** A network of pipes between numbered nodes. */
export interface FlowNetwork {
  readonly nodes: number;
  readonly edges: readonly {
    readonly from: number;
    readonly to: number;
    readonly capacity: number;
  }[];
}

/** Less than this is nothing: capacities are shares, rounded as doubles. */
const least = 1e-12;

/**
 * The most that can flow from one node to another, exactly (up to the rounding of doubles): Dinic's algorithm, blocking flows along
 * shortest paths (Dinitz 1970; on these networks faster than Edmonds & Karp's, with the same result).
 */
export function maxFlow(network: FlowNetwork): (source: number, sink: number) => number {
  const { nodes, edges } = network;
  const heads = new Int32Array(2 * edges.length);
  const capacities = new Float64Array(2 * edges.length);
  const degrees = new Int32Array(nodes + 1);
  for (const { from, to } of edges) {
    degrees[from + 1]! += 1;
    degrees[to + 1]! += 1;
  }
  for (let node = 0; node < nodes; node++) degrees[node + 1]! += degrees[node]!;
  const start = degrees.slice();
  const next = degrees.slice(0, nodes);
  const arcs = new Int32Array(2 * edges.length);
  for (const [index, { from, to, capacity }] of edges.entries()) {
    heads[2 * index] = to;
    heads[2 * index + 1] = from;
    capacities[2 * index] = capacity;
    arcs[next[from]!++] = 2 * index;
    arcs[next[to]!++] = 2 * index + 1;
  }
  const rest = new Float64Array(capacities.length);
  const level = new Int32Array(nodes);
  const place = new Int32Array(nodes);
  const queue = new Int32Array(nodes);

  const reaches = (source: number, sink: number): boolean => {
    level.fill(-1);
    level[source] = 0;
    queue[0] = source;
    for (let first = 0, last = 1; first < last; first++) {
      const node = queue[first]!;
      for (let arc = start[node]!; arc < start[node + 1]!; arc++) {
        const edge = arcs[arc]!;
        const to = heads[edge]!;
        if (rest[edge]! <= least || level[to]! >= 0) continue;
        level[to] = level[node]! + 1;
        queue[last++] = to;
      }
    }
    return level[sink]! >= 0;
  };

  const push = (node: number, sink: number, most: number): number => {
    if (node === sink) return most;
    let pushed = 0;
    for (; place[node]! < start[node + 1]!; place[node]!++) {
      const edge = arcs[place[node]!]!;
      const to = heads[edge]!;
      if (rest[edge]! <= least || level[to] !== level[node]! + 1) continue;
      const sent = push(to, sink, Math.min(most - pushed, rest[edge]!));
      rest[edge]! -= sent;
      rest[edge ^ 1]! += sent;
      pushed += sent;
      if (most - pushed <= least) return pushed;
    }
    return pushed;
  };

  return (source, sink) => {
    rest.set(capacities);
    let flow = 0;
    while (reaches(source, sink)) {
      for (let node = 0; node < nodes; node++) place[node] = start[node]!;
      const sent = push(source, sink, Number.POSITIVE_INFINITY);
      if (sent <= least) break;
      flow += sent;
    }
    return flow;
  };
}
