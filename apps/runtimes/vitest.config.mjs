export default { test: { pool: "vmThreads" } };
