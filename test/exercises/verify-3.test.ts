import { useOwnMesh } from "./own-mesh.ts";
import { proveEveryThird } from "./prove.ts";

useOwnMesh(7);
proveEveryThird(3);
