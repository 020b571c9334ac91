/** The list of training runs: as the server has it, whenever a job begins or ends. */
import { refreshOnEvents } from "../lib/refresh";

refreshOnEvents();
