// The page that scores X-rays in a browser, served to this machine.
export { readModel, serve } from "../../run/exports/view.js";
