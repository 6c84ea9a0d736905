// Copies this page's address and says so: with the given query parameters alone, or as it is with some added.
export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button");
  const said = parentElement.querySelector("[role=status]");
  const label = button.querySelector("span");
  if (!button.again) label.textContent = data.label;

  button.onclick = async () => {
    const address = new URL(window.location.href);
    if (data.params) address.search = new URLSearchParams(data.params).toString();
    for (const [name, value] of Object.entries(data.added ?? {})) address.searchParams.set(name, value);
    address.hash = "";
    const done = await copied(address.href);
    label.textContent = done ? "Link copied" : "Copy it from the address bar";
    said.textContent = label.textContent;
    clearTimeout(button.again);
    button.again = setTimeout(() => {
      label.textContent = data.label;
      said.textContent = "";
      button.again = undefined;
    }, 3000);
  };
  return () => {
    clearTimeout(button.again);
    button.again = undefined;
  };
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Browsers keep the clipboard from pages without TLS, where an old way still works.
    const area = document.createElement("textarea");
    area.value = text;
    area.style.cssText = "position: fixed; opacity: 0";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
