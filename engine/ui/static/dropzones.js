// Streamlit 1.67 gives the field that files are dropped on a name and says that it means nothing: it is a group.
export default function () {
  const put = () => {
    for (const zone of document.querySelectorAll("[data-testid=stFileUploaderDropzone][role=presentation]")) {
      zone.setAttribute("role", "group");
    }
  };
  put();
  const seen = new MutationObserver(put);
  seen.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["role"] });
  return () => seen.disconnect();
}
