// The gateway as it is in the lab, but for one thing: receipts.ts beside this file has a receipt printed for each order.
// There is nothing to change here.
import { createCafe, runGateway } from "@envoy-mesh-lab/gateway";
import { sendReceipt } from "./receipts.ts";

await runGateway({
  cafe: (kitchens) => {
    const cafe = createCafe(kitchens);
    return {
      ...cafe,
      async orderDrink(request, context) {
        const answer = await cafe.orderDrink(request, context);
        await sendReceipt({ drink: request.name, priceCents: answer.drink?.priceCents ?? 0 });
        return answer;
      },
    };
  },
});
