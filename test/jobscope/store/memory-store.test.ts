import { createMemoryStore } from "../../../src/jobscope/store/memory-store.js";
import { describeJobStore } from "./job-store-contract.js";

describeJobStore("the memory store", createMemoryStore);
