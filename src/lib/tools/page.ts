// Serves the page that scores X-rays in a browser, to this machine only.
export { readModel, serve } from "../../run/exports/view.js";
