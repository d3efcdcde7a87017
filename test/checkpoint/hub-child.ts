import { fetchFromHub } from "../../src/checkpoint/hub/hub.node.ts";

// One download in a process of its own: prints the snapshot's folder.
const [id = "", revision = "main"] = process.argv.slice(2);
process.stdout.write(await fetchFromHub(id, { revision }));
