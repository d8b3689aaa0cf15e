ALTER TABLE "audit_batch" ADD COLUMN "first_id" uuid;--> statement-breakpoint
ALTER TABLE "audit_batch" ADD COLUMN "last_id" uuid;