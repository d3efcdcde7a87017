import { load } from "heed";
import embedded from "heed/model";
import { serve } from "heed/worker";

serve((source, options) => load(source ?? embedded, options));
