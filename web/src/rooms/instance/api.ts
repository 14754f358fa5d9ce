// Whether this installation is muted: the only file that names its endpoint.
import { queryOptions } from "@tanstack/react-query";
import { answer, http, type Instance } from "@/lib/api";

/** How this installation stands; looked at now and then, for another node may say something else. */
export const instanceQuery = queryOptions({
  queryKey: ["instance"],
  queryFn: ({ signal }): Promise<Instance> => answer<Instance>(http.GET("/api/admin/instance", { signal })),
  refetchInterval: 60_000,
});

/** Lets this installation send again. */
export function unmute(owed: "send" | "drop"): Promise<Instance> {
  return answer<Instance>(http.POST("/api/admin/instance/unmute", { body: { owed } }));
}
