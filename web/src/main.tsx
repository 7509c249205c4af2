// The dashboard begins here.
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/print.css";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { connection } from "./api/live.ts";
import { isWorthAnotherTry } from "./api/problem.ts";
import { router } from "./router.ts";
import { beginTheme } from "./shell/theme.ts";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      gcTime: 60_000,
      // A stream that is back asks for everything anew; one that is there has told of everything.
      refetchOnWindowFocus: () => connection.get() === "lost",
      // A server on this machine is there without a network, too.
      networkMode: "always",
      retry: isWorthAnotherTry,
    },
  },
});

beginTheme();
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
