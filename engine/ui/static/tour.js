// Remembers for a year that the tour was dismissed.
export default function ({ data }) {
  document.cookie = `${data.cookie}=${data.value}; max-age=31536000; path=/; SameSite=Lax`;
}
