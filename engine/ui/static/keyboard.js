// Keys of the Discover page. The field has the focus on opening; arrows go from it through the songs and artists below
// and back; Enter opens, as buttons do; Escape goes back to the field, or from a song back to what was found.
const views = new WeakMap();
const LOST = 40; // times 50 ms in which what had the focus may go from the page

const field = () => document.querySelector(".st-key-d_q input");
const back = () => document.querySelector(".st-key-back button");
const stops = () =>
  [...document.querySelectorAll("[class*=st-key-open-] button, [class*=st-key-artist-] button, [class*=st-key-recent-] button")].filter(
    (button) => button.offsetParent !== null && !button.disabled,
  );

export default function ({ data, parentElement }) {
  const first = !views.has(parentElement);
  if (views.get(parentElement) !== data.view) {
    views.set(parentElement, data.view);
    // A keyboard on a screen would cover half of the page; someone who follows a link to a song wants to read.
    const wanted = first ? data.view === "search" && matchMedia("(hover: hover)").matches : true;
    if (wanted) giveFocus(data.view === "search" ? field : back, LOST);
  }
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

// Only a focus that nobody has is given: whoever is typing or went elsewhere keeps it.
function giveFocus(target, times) {
  const place = target();
  const nobody = document.activeElement === null || document.activeElement === document.body;
  if (place && nobody) place.focus({ preventScroll: true });
  else if (times > 0 && !(place && place === document.activeElement)) setTimeout(() => giveFocus(target, times - 1), 50);
}

function onKey(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
  const input = field();
  if (!input) return;
  const all = stops();
  const at = all.indexOf(document.activeElement);
  const inField = document.activeElement === input;
  const elsewhere = !inField && event.target.closest("input, textarea, [role=listbox], [role=dialog], [role=combobox]");
  if (elsewhere) return;
  if (event.key === "ArrowDown" && (inField || at >= 0)) moveTo(event, all[at + 1]);
  else if (event.key === "ArrowUp" && at >= 0) moveTo(event, all[at - 1] ?? input);
  else if (event.key === "Escape" && back()) {
    event.preventDefault();
    back().click();
  } else if (event.key === "Escape" && at >= 0) moveTo(event, input);
  else if (event.key === "/" && !inField) {
    moveTo(event, input);
    input.select();
  }
}

function moveTo(event, place) {
  event.preventDefault();
  place?.focus();
}
