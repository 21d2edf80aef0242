// What a person says of a run's criteria: kept for `scenario judge --calibrate mine`, where a server is there to keep it.

import { h } from "./dom.js";

const WORDS = [
  [true, "Met"],
  [false, "Not met"],
];

/**
 * The buttons beside a criterion; pressed again, one takes its label back.
 *
 * @param one the label as the server has it: `criterion`, and `met`, which is null where there is none.
 * @param keep sends a label to the server: a criterion, and true, false or null.
 */
export function labelButtons(one, keep) {
  const problem = h("span.label-problem", { role: "alert" });
  const buttons = WORDS.map(([met, word]) => h("button.chip", { type: "button", onclick: () => press(met) }, word));
  const draw = () => buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(one.met === WORDS[index][0])));
  const press = async (met) => {
    const wanted = one.met === met ? null : met;
    problem.textContent = "";
    for (const button of buttons) button.setAttribute("aria-disabled", "true");
    try {
      await keep(one.criterion, wanted);
      one.met = wanted;
    } catch (error) {
      problem.textContent = `Not kept: ${error.message}`;
    }
    for (const button of buttons) button.removeAttribute("aria-disabled");
    draw();
  };
  draw();
  return h("span.label-choice", { role: "group", "aria-label": "Your own label" }, h("span.muted", null, "You say:"), buttons, problem);
}
