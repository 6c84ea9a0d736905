// Tells when the page is in another theme than it was drawn for: Streamlit repaints its own parts, but asks for nothing
// to be drawn anew.
const app = () => document.querySelector("[data-testid=stApp]");

function themeOf(element) {
  const [red, green, blue] = getComputedStyle(element).backgroundColor.match(/[\d.]+/g).map(Number);
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? "dark" : "light";
}

export default function ({ data, setTriggerValue }) {
  const shown = app();
  if (!shown) return undefined;
  let told = data.theme;
  const look = () => {
    const now = themeOf(shown);
    if (now !== told) setTriggerValue("theme", (told = now));
  };
  const watching = new MutationObserver(look);
  watching.observe(shown, { attributes: true, attributeFilter: ["class"] });
  look();
  return () => watching.disconnect();
}
