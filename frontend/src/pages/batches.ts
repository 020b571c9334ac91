/** Batches and their evidence: as the server has them, with every look that people take. */
import { refreshOnEvents } from "../lib/refresh";

refreshOnEvents();
