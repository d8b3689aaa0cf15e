CREATE TABLE "audit_batch" (
	"id" uuid PRIMARY KEY NOT NULL,
	"process_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"records" integer NOT NULL,
	"previous_hash" text,
	"hash" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "audit" ADD COLUMN "caller_user" text;--> statement-breakpoint
ALTER TABLE "audit" ADD COLUMN "caller_metadata" jsonb;--> statement-breakpoint
ALTER TABLE "audit" ADD COLUMN "batch_id" uuid;--> statement-breakpoint
CREATE INDEX "audit_batch_hash" ON "audit_batch" USING btree ("process_id","hash");--> statement-breakpoint
CREATE INDEX "audit_batch_id" ON "audit" USING brin ("batch_id");