// Exchanges the key for a session, and shows the page that was asked for.

const problem = document.getElementById("problem");

// Not reload(): a page that another site's link led to came without its cookie, and a
// reload would again. What this page itself asks for has it.
const show = () => location.replace(location.pathname + location.search);

const isLoggedIn = async () => (await fetch("api/version")).ok;

document.getElementById("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.textContent = "";
  try {
    const answer = await fetch("api/login", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ key: document.getElementById("key").value }),
    });
    if (!answer.ok) {
      problem.textContent = (await answer.json()).detail;
    } else if (await isLoggedIn()) {
      show();
    } else {
      problem.textContent = "The key is right, but this browser keeps no cookie of the server.";
    }
  } catch {
    problem.textContent = "The server does not answer.";
  }
});

isLoggedIn().then((known) => known && show(), () => undefined);
